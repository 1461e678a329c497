"""A run whose ranks may die one by one: what it needs of MPI, and how it is logged and left."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

from p2pbo.errors import InputError
from p2pbo.network import Network, Ranks
from p2pbo.network.wire.fault_tolerant import check_survivable
from p2pbo.runner.assembly import Local
from p2pbo.runner.logging.metrics import Clock, Figures
from p2pbo.runner.mpi_world import mpi_library
from p2pbo.runner.survivors.logger import Correspondent
from p2pbo.runner.survivors.mailbox import Post
from p2pbo.runner.survivors.row_assembly import Editor
from p2pbo.trace import Header, Row, TraceWriter
from p2pbo.trace.reading.multipart import part_path


def survives(local: Local, ranks: Ranks) -> bool:
    """Tell whether the run goes on without ranks that die; one process alone has nobody to lose.

    Raises:
        InputError: it is to, but cannot.
    """
    if local.description.on_failure == "abort" or ranks.comm is None or ranks.size == 1:
        return False
    check_survivable(mpi_library())
    if local.description.checkpoint_every is not None:
        cause = "and --checkpoint-every exclude each other: a checkpoint holds all nodes"
        raise InputError("--on-failure continue", cause, "leave one of them out")
    return True


def correspondent(
    local: Local,
    network: Network,
    clock: Clock,
    writer: TraceWriter | None,
    header: Callable[[], Header],
    watch: Callable[[Row], None],
) -> Correspondent:
    """This rank's part in logging; ``writer`` is rank 0's, ``header`` that of a further part of the trace."""
    assert network.ranks.comm is not None
    post, figures = Post(network.ranks.comm), Figures(local, network, clock)
    dims = tuple(local.problem.size(name) for name in local.algorithm.variables)
    out = Path(local.description.out) if local.description.out else None

    def open_part() -> TraceWriter:
        return TraceWriter(out and _next_part(out), header())

    return Correspondent(
        network, post, figures, Editor(network, dims, post, figures, writer, open_part, watch)
    )


def _next_part(out: Path) -> Path:
    return next(path for number in count(2) if not (path := part_path(out, number)).exists())


def leave_without_farewell() -> None:
    """Let this process end without MPI's own end, which now and then waits for the dead for ever."""

    def leave() -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

    atexit.register(leave)
