"""The fields of a run's description: each has its type, range, default and help text here, and nowhere else.

A field's flag, its place in a file and its keyword of ``p2pbo.run`` have its name. Sections are in ``sections.py``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from p2pbo.algorithms import ALGORITHMS
from p2pbo.algorithms.row_draws import Sampling
from p2pbo.compression import CODECS
from p2pbo.config.flag import Flag, Panel
from p2pbo.config.interval import checked_duration, checked_interval
from p2pbo.config.sections import LinksSection, ProblemSection, Section, TopologySection, from_name, section
from p2pbo.config.until import checked_until
from p2pbo.data import DATASETS, PARTITIONS
from p2pbo.network import parse_compute_time
from p2pbo.problems import PROBLEMS, LowerLevel
from p2pbo.topology import GRAPHS

_DEVICE = re.compile(r"(cpu|cuda|mps|xpu)(:\d+)?")

DEFAULT_NODES = 8
"""The number of nodes K where neither the user nor the topology says it."""


def _factor(value: float) -> float:
    if value and value <= 1:  # the start itself would be too much
        raise ValueError("give a number above 1, or 0 for no limit")
    return value


def _compute_time(value: str | None) -> str | None:
    if value is not None:
        parse_compute_time(value)
    return value


def _device(name: str) -> str:
    if not _DEVICE.fullmatch(name):  # whether it is there, torch says, where it is used
        raise ValueError("give cpu, cuda, cuda:N, mps or xpu")
    return name


class Fields(BaseModel):
    """The fields of one run; sections hold the settings of what they name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    algorithm: Annotated[
        Section,
        section("mdbo"),
        Field(description="Method"),
        Flag(Panel.MAIN, choices=ALGORITHMS, listed="algorithms"),
    ] = Section(name="mdbo")
    problem: Annotated[
        ProblemSection,
        section("logreg-hpo"),
        Field(description="Problem"),
        Flag(Panel.MAIN, choices=PROBLEMS, listed="problems"),
    ] = ProblemSection(name="logreg-hpo")
    lower_level: Annotated[
        LowerLevel | None,
        Field(
            description="Whose y is: shared, one on which the nodes agree, or local, one of each node's own, which it "
            "never sends."
        ),
        Flag(Panel.PROBLEM, default="shared"),
    ] = None
    data: Annotated[
        Section,
        section("a9a"),
        Field(description="Data set"),
        Flag(Panel.MAIN, choices=DATASETS, listed="data"),
    ] = Section(name="a9a")
    partition: Annotated[
        str, Field(description="How the data lie on the nodes"), Flag(Panel.PROBLEM, choices=PARTITIONS)
    ] = "iid"
    sampling: Annotated[
        Sampling,
        Field(
            description="How nodes draw the rows of their batches: independent, anew in every step, or epochs: no "
            "row twice before all have been drawn."
        ),
        Flag(Panel.METHOD),
    ] = "independent"
    topology: Annotated[
        TopologySection,
        BeforeValidator(from_name),
        Field(description="Graph"),
        Flag(Panel.MAIN, choices=GRAPHS, listed="topologies", also=", or a graph file"),
    ] = TopologySection()
    nodes: Annotated[
        int | None,
        Field(ge=1, description="Number of nodes K."),
        Flag(Panel.MAIN, default=f"{DEFAULT_NODES}", before="steps"),
    ] = None
    codec: Annotated[
        str,
        Field(description="What rows become on an edge, for all variables or as x=…,y=…"),
        Flag(Panel.MAIN, choices=CODECS, listed="codecs"),
    ] = "none"
    codec_by: Annotated[
        str | None,
        Field(
            description="Fit the codec to this attribute of the edges: bytes per second (the slowest edge has the "
            "codec, others as many more entries as take the same time, latency included), or text that names each "
            "edge's codec."
        ),
        Flag(Panel.COMPRESSION),
    ] = None
    codec_scope: Annotated[
        Literal["edge", "node"],
        Field(description="What draws for itself: each edge, or each node for all its edges."),
        Flag(Panel.COMPRESSION),
    ] = "edge"
    channel: Annotated[
        Literal["auto", "masked", "difference"],
        Field(
            description="How states cross lossy edges: masked, difference, or auto: masked where the codec allows it."
        ),
        Flag(Panel.COMPRESSION),
    ] = "auto"
    consensus_step: Annotated[
        float | None,
        Field(gt=0, le=1, description="Step of the difference channel."),
        Flag(Panel.COMPRESSION, default="the codec's own"),
    ] = None
    links: LinksSection = LinksSection()
    compute_time: Annotated[
        str | None,
        AfterValidator(_compute_time),
        Field(
            description="How long a node computes in a step, for modelled_time: 10ms, lognormal:10ms:0.5 (median, and "
            "the deviation of the logarithm, drawn), or measured; divided by the node's attribute speed."
        ),
        Flag(Panel.LINKS, default="no time"),
    ] = None
    steps: Annotated[
        int,
        Field(ge=0, description="Steps to run."),
        Flag(Panel.MAIN),
    ] = 1000
    until: Annotated[
        str | None,
        AfterValidator(checked_until),
        Field(
            description="End the run with the first logged row at which a metric has reached a value, such as "
            "upper_loss=0.3 or test_accuracy=0.8,wall_time=600 (seconds), bytes_sent=1e6 (by a node, on average)."
        ),
        Flag(Panel.OUTPUT, default="the last step", metavar="METRIC=VALUE"),
    ] = None
    seed: Annotated[
        int,
        Field(ge=0, description="Seed of every random draw."),
        Flag(Panel.MAIN),
    ] = 0
    data_seed: Annotated[
        int | None,
        Field(
            ge=0,
            description="Seed of what makes the problem: its data, their split and their partition over the nodes. "
            "--seed draws the rest: start, batches, codecs, links, graph.",
        ),
        Flag(Panel.PROBLEM, default="the --seed"),
    ] = None
    dtype: Annotated[
        Literal["float64", "float32"],
        Field(description="float64 or float32."),
        Flag(Panel.PROBLEM),
    ] = "float64"
    device: Annotated[
        str,
        AfterValidator(_device),
        Field(description="Where autograd oracles run: cpu, cuda, cuda:1, mps, xpu."),
        Flag(Panel.PROBLEM),
    ] = "cpu"
    threads: Annotated[
        int | None,
        Field(ge=1, description="Threads of each rank."),
        Flag(
            Panel.CLUSTER, default="1 under MPI, else OMP_NUM_THREADS, what Slurm gives a task, or all cores"
        ),
    ] = None
    log_every: Annotated[
        int,
        Field(ge=1, description="Steps between logged ones."),
        Flag(Panel.OUTPUT),
    ] = 10
    exact: Annotated[
        Literal["auto", "on", "off"],
        Field(
            description="Log the hyper-objective, the norm of its gradient, and the distance to the exact y* and z*: "
            "on solves for them at each logged step, auto where that is cheap, off never."
        ),
        Flag(Panel.OUTPUT),
    ] = "auto"
    flops: Annotated[
        Literal["auto", "on", "off"],
        Field(
            description="Count what nodes compute, where torch computes it: on, off, or auto: for methods of unequal "
            "nodes and what they are compared with."
        ),
        Flag(Panel.OUTPUT),
    ] = "auto"
    checksum: Annotated[
        Literal["on", "off"],
        Field(description="Check the payload of every message between ranks: on or off."),
        Flag(Panel.CLUSTER),
    ] = "off"
    asynchronous: Annotated[
        Literal["auto", "on", "off"],
        Field(
            description="Let every node step when it is ready, with what has come, in place of rounds: on, off, or "
            "auto: for methods with mixing asynchronous-tracking. One process simulates them, by --compute-time."
        ),
        Flag(Panel.METHOD),
    ] = "auto"
    silent_after: Annotated[
        str | None,
        AfterValidator(checked_duration),
        Field(
            description="Let asynchronous nodes drop the edge of a neighbour that is silent, or shows no sign of "
            "hearing, for so long: 500ms, 5s, 2m of modelled time, or of the ranks', which give up one that hangs."
        ),
        Flag(Panel.LINKS, default="never", metavar="TIME"),
    ] = None
    checkpoint_every: Annotated[
        str | None,
        BeforeValidator(checked_interval),
        Field(
            description="Keep the whole state beside the trace every N steps, or every 90s, 30m, 2h; SIGUSR1 and "
            "SIGTERM do it, too, and stop the run (exit code 75)."
        ),
        Flag(Panel.CLUSTER, default="never", metavar="N|TIME"),
    ] = None
    time_limit: Annotated[
        str | None,
        AfterValidator(checked_duration),
        Field(
            description="Stop the run after so much wall time, as 90s, 30m, 2h, with its whole state beside the trace "
            "(exit code 75); --resume goes on."
        ),
        Flag(Panel.CLUSTER, default="none", metavar="TIME"),
    ] = None
    divergence_factor: Annotated[
        float,
        AfterValidator(_factor),
        Field(
            allow_inf_nan=False,
            description="At a logged step, end the run as diverged (exit code 3) where the norm of a node's state is "
            "so many times that of the start, or of 1; 0: never.",
        ),
        Flag(Panel.CLUSTER),
    ] = 1e6
    stall_timeout: Annotated[
        float,
        Field(
            ge=0,
            allow_inf_nan=False,
            description="Seconds without progress after which ranks say what they wait for, and the job ends (exit "
            "code 69); 0: never.",
        ),
        Flag(Panel.CLUSTER),
    ] = 600.0
    on_failure: Annotated[
        Literal["abort", "continue"],
        Field(
            description="When a rank dies: abort, or continue with the other nodes (Open MPI's mpiexec --with-ft "
            "ulfm)."
        ),
        Flag(Panel.CLUSTER),
    ] = "abort"
    out: Annotated[
        str | None,
        Field(description="Write the trace to this new file; without it nothing is kept."),
        Flag(Panel.MAIN, kind=Path),
    ] = None
    timeline: Annotated[
        str | None,
        Field(
            description="Write what each rank does, and when, to this file (.json or .json.gz), for ui.perfetto.dev "
            "and chrome://tracing; where nodes are simulated without rounds, what each of these does, by modelled time."
        ),
        Flag(Panel.OUTPUT, kind=Path),
    ] = None
