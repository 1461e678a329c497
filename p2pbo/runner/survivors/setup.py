"""The set-up of a run whose ranks may fail: what it needs of MPI, and its logger."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

from p2pbo.config import Description
from p2pbo.errors import InputError
from p2pbo.network import Network, Ranks
from p2pbo.network.wire.fault_tolerant import check_fault_tolerance
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.logging.averaged_nodes import AveragedNodes
from p2pbo.runner.logging.logger import RowReport
from p2pbo.runner.logging.metrics import RankMetrics, StepTimer
from p2pbo.runner.mpi_world import mpi_library
from p2pbo.runner.survivors.logger import SurvivorLogger
from p2pbo.runner.survivors.mailbox import Mailbox
from p2pbo.runner.survivors.row_assembly import RowAssembler
from p2pbo.trace import Header, TraceWriter
from p2pbo.trace.reading.multipart import part_path


def is_fault_tolerant(assembly: Assembly, ranks: Ranks) -> bool:
    """Tell whether the run goes on without ranks that fail; one process alone has no other to lose.

    Raises:
        InputError: it is to, but cannot.
    """
    if assembly.description.on_failure == "abort" or ranks.comm is None or ranks.size == 1:
        return False
    check_fault_tolerance(mpi_library())
    if assembly.description.checkpoint_every is not None:
        cause = "and --checkpoint-every exclude each other: a checkpoint holds all nodes"
        raise InputError("--on-failure continue", cause, "leave one of them out")
    if assembly.description.time_limit is not None:
        cause = "and --time-limit exclude each other: it ends with a checkpoint, which holds all nodes"
        raise InputError("--on-failure continue", cause, "use --until wall_time=SECONDS")
    return True


def survivor_logger(
    assembly: Assembly,
    network: Network,
    timer: StepTimer,
    writer: TraceWriter | None,
    header: Callable[[], Header],
    report: RowReport,
) -> SurvivorLogger:
    """Return this rank's logger; ``writer`` is rank 0's, ``header`` gives that of a further part of the trace."""
    assert network.ranks.comm is not None
    everybody = AveragedNodes(assembly.topology.nodes)
    mailbox, metrics = Mailbox(network.ranks.comm), RankMetrics(assembly, network, timer, everybody)
    dims = {name: assembly.problem.size(name) for name in assembly.algorithm.variables}
    further = part_opener(assembly.description, header)
    assembler = RowAssembler(network, dims, mailbox, metrics, writer, report, further)
    return SurvivorLogger(network, mailbox, metrics, assembler)


def part_opener(description: Description, header: Callable[[], Header]) -> Callable[[], TraceWriter]:
    """Return what opens the next part of the trace, on a rank that has not begun it."""
    out = Path(description.out) if description.out else None

    def open_part() -> TraceWriter:
        return TraceWriter(out and _next_part(out), header())

    return open_part


def _next_part(out: Path) -> Path:
    return next(path for number in count(2) if not (path := part_path(out, number)).exists())
