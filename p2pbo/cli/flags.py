"""The flags of a run, and the description that they make together with a file."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import typer

from p2pbo.algorithms import ALGORITHMS, PARTS
from p2pbo.algorithms.submodels import POLICIES
from p2pbo.compression import CODECS
from p2pbo.config import Description, from_file, merge, parse_assignments
from p2pbo.config.sweep import TABLE, nested
from p2pbo.data import DATASETS, PARTITIONS
from p2pbo.errors import InputError
from p2pbo.network import LINK_SCHEDULES
from p2pbo.problems import PROBLEMS
from p2pbo.registry import Registry
from p2pbo.topology import GRAPHS, WEIGHTS
from p2pbo.topology.files import READERS


def _choice(meaning: str, registry: Registry[Any], also: str = "") -> Any:
    names = ", ".join(registry[name].usage for name in registry)
    return typer.Option(help=f"{meaning}: {names}{also}.", show_default=False)


Source = Annotated[
    Path | None,
    typer.Argument(
        metavar="[RUN.toml]",
        help="A description, a trace (.h5) to repeat, or a checkpoint (.ckpt) to go on from.",
    ),
]
Algorithm = Annotated[str | None, _choice("Method", ALGORITHMS)]
HypergradientFlag = Annotated[
    str | None, _choice("Replace the method's hypergradient", PARTS["hypergradient"])
]
EstimatorFlag = Annotated[str | None, _choice("Replace the method's estimator", PARTS["estimator"])]
MixingFlag = Annotated[str | None, _choice("Replace the method's mixing", PARTS["mixing"])]
ScheduleFlag = Annotated[
    str | None, _choice("What the step sizes are multiplied by, step after step", PARTS["schedule"])
]
NeumannBatches = Annotated[
    str | None, typer.Option(help="Draw each Neumann factor's batch: fresh or shared.", show_default="fresh")
]
ProblemFlag = Annotated[str | None, _choice("Problem", PROBLEMS)]
Data = Annotated[str | None, _choice("Data set", DATASETS)]
Partition = Annotated[str | None, _choice("How the data lie on the nodes", PARTITIONS)]
Graph = Annotated[str | None, _choice("Graph", GRAPHS, f", or a file ({', '.join(READERS)})")]
Undirected = Annotated[
    bool | None,
    typer.Option(
        "--undirected",
        help="Take a directed graph for the drawing of an undirected one; where two directions differ, the smaller "
        "bandwidth and the larger latency count.",
        show_default="off",
    ),
]
Weights = Annotated[
    str | None,
    _choice(
        "Mixing weights", WEIGHTS, "; file: the mixing_weight of a file's edges (default where there is any)"
    ),
]
Codec = Annotated[
    str | None,
    _choice("What rows become on an edge, for all variables or as x=…,y=…", CODECS),
]
CodecBy = Annotated[
    str | None,
    typer.Option(
        help="Fit the codec to this attribute of the edges: bytes per second (the slowest edge has the codec, others "
        "as many more entries as take the same time, latency included), or text that names each edge's codec.",
        show_default=False,
    ),
]
CodecScope = Annotated[
    str | None,
    typer.Option(
        help="What draws for itself: each edge, or each node for all its edges.", show_default="edge"
    ),
]
ChannelFlag = Annotated[
    str | None,
    typer.Option(
        help="How states cross lossy edges: masked, difference, or auto: masked where the codec allows it.",
        show_default="auto",
    ),
]
ConsensusStep = Annotated[
    float | None,
    typer.Option(help="Step of the difference channel.", show_default="the codec's own"),
]
Tracking = Annotated[
    str | None,
    typer.Option(help="Whether a SOBA method tracks its directions: on or off.", show_default="the method's"),
]
Nodes = Annotated[int | None, typer.Option(help="Number of nodes K.", show_default="8")]
Steps = Annotated[int | None, typer.Option(help="Steps to run.", show_default="1000")]
Seed = Annotated[int | None, typer.Option(help="Seed of every random draw.", show_default="0")]
Dtype = Annotated[str | None, typer.Option(help="float64 or float32.", show_default="float64")]
Device = Annotated[str | None, typer.Option(help="Where autograd oracles run.", show_default="cpu")]
Threads = Annotated[
    int | None,
    typer.Option(help="Threads of each rank.", show_default="1 under MPI, else OMP_NUM_THREADS or all cores"),
]
LogEvery = Annotated[int | None, typer.Option(help="Steps between logged ones.", show_default="10")]
Exact = Annotated[
    str | None,
    typer.Option(
        help="Log the distance to the exact y* and z*, and the exact hypergradient's norm: on solves for them "
        "at each logged step, auto where that is cheap, off never.",
        show_default="auto",
    ),
]
Flops = Annotated[
    str | None,
    typer.Option(
        help="Count what nodes compute, where torch computes it: on, off, or auto: for methods of unequal nodes and "
        "what they are compared with.",
        show_default="auto",
    ),
]
LinkDrop = Annotated[
    float | None,
    typer.Option(help="The chance that an edge loses its messages in a round.", show_default="0"),
]
LinkDelay = Annotated[
    int | None,
    typer.Option(
        help="Messages come up to so many rounds late, those of an edge always equally late.",
        show_default="0",
    ),
]
Stragglers = Annotated[
    float | None,
    typer.Option(help="The chance that a round goes on without a node, which is late.", show_default="0"),
]
LinkSchedule = Annotated[str | None, _choice("Which edges are used in a round", LINK_SCHEDULES)]
Checksum = Annotated[
    str | None,
    typer.Option(help="Check the payload of every message between ranks: on or off.", show_default="off"),
]
CheckpointEvery = Annotated[
    str | None,
    typer.Option(
        metavar="N|TIME",
        help="Keep the whole state beside the trace every N steps, or every 90s, 30m, 2h; SIGUSR1 and SIGTERM do it, "
        "too, and stop the run (exit code 75).",
        show_default="never",
    ),
]
DivergenceFactor = Annotated[
    float | None,
    typer.Option(
        help="At a logged step, end the run as diverged (exit code 3) where the norm of a node's state is so many "
        "times that of the start, or of 1; 0: never.",
        show_default="1e6",
    ),
]
StallTimeout = Annotated[
    float | None,
    typer.Option(
        help="Seconds without progress after which ranks say what they wait for, and the job ends (exit code 69); "
        "0: never.",
        show_default="600",
    ),
]
OnFailure = Annotated[
    str | None,
    typer.Option(
        help="When a rank dies: abort, or continue with the other nodes (Open MPI's mpiexec --with-ft ulfm).",
        show_default="abort",
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Go on from the checkpoint beside --out; without one begin again, and do nothing where the run is "
        "complete.",
    ),
]
Masks = Annotated[str | None, _choice("How nodes choose their submodels, where they have any", POLICIES)]
CapacityFlag = Annotated[
    str | None,
    typer.Option(
        help="The share of the model that a node works on, cycled over the nodes: 1,1/2,1/4.",
        show_default="the topology file's, else 1",
    ),
]
RafboForm = Annotated[
    str | None,
    typer.Option(help="RAFBO's differences: fixed, or literal as printed.", show_default="fixed"),
]
Unroll = Annotated[
    int | None, typer.Option(help="Lower steps that RAFBO's differences go through.", show_default="5")
]
Coordinates = Annotated[
    str | None, typer.Option(help="Coordinates of x that RAFBO draws in a step, or all.", show_default="all")
]
Out = Annotated[
    Path | None, typer.Option(help="Write the trace to this new file; without it nothing is kept.")
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Any field, such as algorithm.eta=0.1; may be repeated."),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress, no table.")]


NOT_FIELDS = {"source", "out", "resume", "assignments", "quiet"}
"""The parameters of ``run`` that give no value of a field of what is run."""


def listing(run: Callable[..., None]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorator: a command takes the flags of ``run`` in place of its ``**flags``: switches, and the texts of lists."""
    of_run = get_type_hints(run, include_extras=True)
    lists = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=_of_list(annotation),
        )
        for name, annotation in of_run.items()
        if name not in NOT_FIELDS | {"return"}
    ]

    def extend(command: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(command, include_extras=True)
        own = [
            parameter.replace(annotation=hints[name])
            for name, parameter in inspect.signature(command).parameters.items()
            if parameter.kind is not inspect.Parameter.VAR_KEYWORD
        ]
        command.__signature__ = inspect.Signature([*own, *lists])  # type: ignore[attr-defined]
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in [*own, *lists]}
        return command

    return extend


def _of_list(annotation: Any) -> Any:
    """Return the annotation of a list of what ``annotation`` says; a switch has one value."""
    kind, option = get_args(annotation)
    return annotation if kind == bool | None else Annotated[str | None, option]


def description_from(
    source: Path | None, flags: Mapping[str, Any], assignments: Sequence[str] | None
) -> Description:
    """Return the description of a run: flags beat ``--set``, which beats the file, which beats defaults.

    Raises:
        InputError: the file, a flag or an assignment cannot be used, or the file describes a sweep.
    """
    given = {} if source is None else from_checkpoint(source) if is_checkpoint(source) else from_file(source)
    if TABLE in given:
        raise InputError(f"{source}", "describes a sweep, not one run", f"p2pbo sweep {source}")
    return Description.parse(merge(given, merge(parse_assignments(assignments or ()), nested(_plain(flags)))))


def is_checkpoint(source: Path | None) -> bool:
    """Tell whether a run is described by a checkpoint, from which it goes on."""
    return source is not None and source.suffix == ".ckpt"


def from_checkpoint(path: Path) -> dict[str, Any]:
    """Return the description of the run whose checkpoint this is, and where its trace lies.

    Raises:
        InputError: neither generation is whole.
    """
    from p2pbo.trace.checkpoint import open_checkpoint

    checkpoint = open_checkpoint(path)
    return {**checkpoint.description, "out": str(path.with_name(os.fsdecode(checkpoint.attributes["trace"])))}


def _plain(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return the flags that were given, paths as text."""
    return {
        name: str(value) if isinstance(value, Path) else value
        for name, value in flags.items()
        if value is not None
    }
