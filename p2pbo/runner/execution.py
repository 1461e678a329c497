"""One run: set up alike on all ranks, then the loop of steps, logged rows and checkpoints, then the final state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from p2pbo.interrupts import deferred
from p2pbo.network import LinkFaults, Network, Ranks
from p2pbo.runner.assembly import Describe, Local, Objects
from p2pbo.runner.checks.curvature import too_steep
from p2pbo.runner.checks.divergence import Limits
from p2pbo.runner.checks.inspection import inspect
from p2pbo.runner.checks.negative_weights import warn_of_negative_edges
from p2pbo.runner.checks.submodel_coverage import warn_of_uncovered
from p2pbo.runner.header import digests, header
from p2pbo.runner.logging.exact_solution import solution
from p2pbo.runner.logging.logger import Chronicle, Gathered
from p2pbo.runner.logging.metrics import Clock, Observer
from p2pbo.runner.logging.nonfinite_losses import LossWatch
from p2pbo.runner.loop import Loop
from p2pbo.runner.process.abort import Diverged, all_or_nothing, shared
from p2pbo.runner.process.signals import Request, Stopped, requests
from p2pbo.runner.process.threads import limited
from p2pbo.runner.process.watchdog import Watchdog
from p2pbo.runner.resume.checkpoints import restore
from p2pbo.runner.resume.start_point import StartPoint, find_start_point
from p2pbo.runner.survivors.setup import correspondent, leave_without_farewell, survives
from p2pbo.trace import DIVERGED, Row, Trace

if TYPE_CHECKING:
    from mpi4py import MPI

Watch = Callable[[Row, int], None]
"""Called on rank 0 with each logged row and the number of steps of the run."""


def execute(
    describe: Describe,
    objects: Objects,
    comm: MPI.Intracomm | None = None,
    watch: Watch | None = None,
    resume: bool = False,
) -> Trace | None:
    """Run what ``describe()`` gives on the ranks of ``comm`` (None: in this process).

    With ``resume`` the run goes on from its checkpoint where there is one.

    Returns:
        The trace on rank 0, None elsewhere.

    Raises:
        InputError: the run cannot start; raised alike on all ranks before any node has sent anything.
        Diverged: a state became NaN or infinite, or outgrew the start; raised alike on all ranks where they meet in
            logged steps, else it aborts the job with exit code 3.
        WriteError: the trace or a checkpoint cannot be written (rank 0 only; several ranks abort with exit code 74).
        Stopped: SIGUSR1, SIGTERM or SIGHUP has asked for it; raised on all ranks alike, after a checkpoint.
    """
    with all_or_nothing(comm), requests() as request:
        ranks = Ranks(comm)
        local = ranks.agree(lambda: Local.build(describe, objects, ranks))
        ranks.same(digests(local))
        start_point = find_start_point(local, resume, ranks)
        if start_point.completed:
            return start_point.trace() if ranks.rank == 0 else None
        inspect(local, ranks)
        mortal = ranks.agree(lambda: survives(local, ranks))
        if mortal:
            request.interrupt()  # there will be no checkpoint
        elif start_point.out is None:
            request.decline()
        network = _network(local, comm, mortal)
        if ranks.rank == 0:
            warn_of_uncovered(local)
            warn_of_negative_edges(local)
        head, clock, losses = partial(header, local, ranks, ranks.hosts()), Clock(), LossWatch()
        exact = None if mortal else solution(local, network)

        def show(row: Row) -> None:
            losses.look(row)
            if watch is not None:
                watch(row, local.description.steps)

        def begun() -> Chronicle:
            writer = ranks.agree(lambda: start_point.writer(head()) if ranks.rank == 0 else None)
            if mortal:
                return correspondent(local, network, clock, writer, head, show)
            return Gathered(Observer(local, network, exact, clock), network, writer, show)

        # An overflow ends as an infinite state, which names its node and step; numpy's warnings would not.
        still = np.errstate(over="ignore", invalid="ignore")
        try:
            with _ended(begun) as chronicle, limited(local.description.threads, ranks), still:
                trace = _carry_out(local, network, start_point, chronicle, clock, request)
        except BaseException as error:
            if shared(error):
                network.close()
                ranks.close()
            raise
        if mortal and network.failed:
            leave_without_farewell()
        if not mortal:
            network.close()
            ranks.close()
        return trace


def hand_over(trace: Trace | None, error: BaseException) -> None:
    """Let the error have the rows that were logged before it, which no file may hold."""
    error.trace = trace  # type: ignore[attr-defined]


def _network(local: Local, comm: MPI.Intracomm | None, mortal: bool) -> Network:
    described = local.description
    return Network(
        local.topology,
        comm,
        np.dtype(described.dtype),
        local.compression,
        local.clock,
        described.checksum == "on",
        LinkFaults(**described.links.model_dump()),
        described.seed,
        "continue" if mortal else "abort",
    )


def _carry_out(
    local: Local,
    network: Network,
    start_point: StartPoint,
    chronicle: Chronicle,
    clock: Clock,
    request: Request,
) -> Trace | None:
    """Return all steps, and the end."""
    comm = network.ranks.comm
    watchdog = Watchdog(
        local.description.stall_timeout if comm is not None else 0,  # one process waits for nobody
        network.ranks.rank,
        network.waiting,
        network.placement.hosted,
        _aborting(comm),
    )
    with watchdog:
        if start_point.checkpoint is None:
            state = local.start()
            chronicle.log(state)
        else:
            state = restore(start_point.checkpoint, local, network, clock)
        watchdog.beat("the curvature before step", state.step + 1)
        limits = Limits(local, network.hosted, too_steep(local, network))
        state = Loop(local, network, clock, chronicle, limits, request, watchdog).run(state)
        watchdog.beat("the end after step", state.step)
        return chronicle.finish(state)


@contextmanager
def _ended(begin: Callable[[], Chronicle]) -> Iterator[Chronicle]:
    """The chronicle that ``begin`` gives; where the run ends early, the trace says so whenever an interrupt comes."""
    chronicle = None
    try:
        with deferred():
            chronicle = begin()
        yield chronicle
    except BaseException as error:
        if chronicle is not None:
            with deferred():
                hand_over(chronicle.close(_status(error)), error)
        raise


def _aborting(comm: MPI.Intracomm | None) -> Callable[[int], None]:
    def abort(code: int) -> None:
        if comm is not None:
            comm.Abort(code)

    return abort


def _status(error: BaseException) -> str:
    match error:
        case KeyboardInterrupt():
            return "interrupted"
        case Stopped():
            return "stopped"
        case Diverged():
            return f"{DIVERGED}: {error}"
    return f"failed: {type(error).__name__}: {error}"
