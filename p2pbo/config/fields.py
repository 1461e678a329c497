"""The fields of a run's description: each has its type, range, default and help text here, and nowhere else.

A field's flag, its place in a file and its keyword of ``p2pbo.run`` have its name. Sections are in ``sections.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from p2pbo.algorithms import ALGORITHMS
from p2pbo.compression import CODECS
from p2pbo.config.flag import Flag
from p2pbo.config.interval import checked_interval
from p2pbo.config.sections import LinksSection, Section, TopologySection, from_name, section
from p2pbo.data import DATASETS, PARTITIONS
from p2pbo.network import parse_compute_time
from p2pbo.problems import PROBLEMS
from p2pbo.topology import GRAPHS
from p2pbo.topology.files import READERS

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


class Fields(BaseModel):
    """The fields of one run; sections hold the settings of what they name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    algorithm: Annotated[Section, section("mdbo"), Field(description="Method"), Flag(choices=ALGORITHMS)] = (
        Section(name="mdbo")
    )
    problem: Annotated[
        Section, section("logreg-hpo"), Field(description="Problem"), Flag(choices=PROBLEMS)
    ] = Section(name="logreg-hpo")
    data: Annotated[Section, section("a9a"), Field(description="Data set"), Flag(choices=DATASETS)] = Section(
        name="a9a"
    )
    partition: Annotated[
        str, Field(description="How the data lie on the nodes"), Flag(choices=PARTITIONS)
    ] = "iid"
    topology: Annotated[
        TopologySection,
        BeforeValidator(from_name),
        Field(description="Graph"),
        Flag(choices=GRAPHS, also=f", or a file ({', '.join(READERS)})"),
    ] = TopologySection()
    nodes: Annotated[
        int | None,
        Field(ge=1, description="Number of nodes K."),
        Flag(default=f"{DEFAULT_NODES}", before="steps"),
    ] = None
    codec: Annotated[
        str,
        Field(description="What rows become on an edge, for all variables or as x=…,y=…"),
        Flag(choices=CODECS),
    ] = "none"
    codec_by: Annotated[
        str | None,
        Field(
            description="Fit the codec to this attribute of the edges: bytes per second (the slowest edge has the "
            "codec, others as many more entries as take the same time, latency included), or text that names each "
            "edge's codec."
        ),
    ] = None
    codec_scope: Annotated[
        Literal["edge", "node"],
        Field(description="What draws for itself: each edge, or each node for all its edges."),
    ] = "edge"
    channel: Annotated[
        Literal["auto", "masked", "difference"],
        Field(
            description="How states cross lossy edges: masked, difference, or auto: masked where the codec allows it."
        ),
    ] = "auto"
    consensus_step: Annotated[
        float | None,
        Field(gt=0, le=1, description="Step of the difference channel."),
        Flag(default="the codec's own"),
    ] = None
    links: LinksSection = LinksSection()
    compute_time: Annotated[
        str | None,
        AfterValidator(_compute_time),
        Field(
            description="How long a node computes in a step, for modelled_time: 10ms, lognormal:10ms:0.5 (median, and "
            "the deviation of the logarithm, drawn), or measured; divided by the node's attribute speed."
        ),
        Flag(default="no time"),
    ] = None
    steps: Annotated[int, Field(ge=0, description="Steps to run.")] = 1000
    seed: Annotated[int, Field(ge=0, description="Seed of every random draw.")] = 0
    dtype: Annotated[Literal["float64", "float32"], Field(description="float64 or float32.")] = "float64"
    device: Annotated[str, Field(description="Where autograd oracles run.")] = "cpu"
    threads: Annotated[
        int | None,
        Field(ge=1, description="Threads of each rank."),
        Flag(default="1 under MPI, else OMP_NUM_THREADS, what Slurm gives a task, or all cores"),
    ] = None
    log_every: Annotated[int, Field(ge=1, description="Steps between logged ones.")] = 10
    exact: Annotated[
        Literal["auto", "on", "off"],
        Field(
            description="Log the distance to the exact y* and z*, and the exact hypergradient's norm: on solves for "
            "them at each logged step, auto where that is cheap, off never."
        ),
    ] = "auto"
    flops: Annotated[
        Literal["auto", "on", "off"],
        Field(
            description="Count what nodes compute, where torch computes it: on, off, or auto: for methods of unequal "
            "nodes and what they are compared with."
        ),
    ] = "auto"
    checksum: Annotated[
        Literal["on", "off"],
        Field(description="Check the payload of every message between ranks: on or off."),
    ] = "off"
    checkpoint_every: Annotated[
        str | None,
        BeforeValidator(checked_interval),
        Field(
            description="Keep the whole state beside the trace every N steps, or every 90s, 30m, 2h; SIGUSR1 and "
            "SIGTERM do it, too, and stop the run (exit code 75)."
        ),
        Flag(default="never", metavar="N|TIME"),
    ] = None
    divergence_factor: Annotated[
        float,
        AfterValidator(_factor),
        Field(
            allow_inf_nan=False,
            description="At a logged step, end the run as diverged (exit code 3) where the norm of a node's state is "
            "so many times that of the start, or of 1; 0: never.",
        ),
    ] = 1e6
    stall_timeout: Annotated[
        float,
        Field(
            ge=0,
            allow_inf_nan=False,
            description="Seconds without progress after which ranks say what they wait for, and the job ends (exit "
            "code 69); 0: never.",
        ),
    ] = 600.0
    on_failure: Annotated[
        Literal["abort", "continue"],
        Field(
            description="When a rank dies: abort, or continue with the other nodes (Open MPI's mpiexec --with-ft "
            "ulfm)."
        ),
    ] = "abort"
    out: Annotated[
        str | None,
        Field(description="Write the trace to this new file; without it nothing is kept."),
        Flag(kind=Path),
    ] = None
