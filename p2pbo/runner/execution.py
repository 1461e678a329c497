"""One run: the set-up on all ranks alike, the loop of steps, logged rows and checkpoints, and the final state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from p2pbo.interrupts import deferred_interrupts
from p2pbo.network import LinkFaults, Network, Ranks
from p2pbo.runner.assembly import Assembly, DescriptionFactory, UserObjects
from p2pbo.runner.checks.curvature import exceeds_lipschitz
from p2pbo.runner.checks.divergence import DivergenceLimits
from p2pbo.runner.checks.inspection import inspect
from p2pbo.runner.checks.negative_weights import warn_of_negative_edges
from p2pbo.runner.checks.submodel_coverage import warn_of_uncovered
from p2pbo.runner.header import digests, header
from p2pbo.runner.logging.exact_solution import exact_solver
from p2pbo.runner.logging.logger import CollectiveLogger, RowCallback, RowReporter, RunLogger
from p2pbo.runner.logging.metrics import MetricsCollector, StepTimer
from p2pbo.runner.loop import Loop
from p2pbo.runner.process.abort import abort_on_error
from p2pbo.runner.process.exit_codes import Diverged, raised_on_all_ranks
from p2pbo.runner.process.heap import retained_heap
from p2pbo.runner.process.signals import Stopped, StopRequest, stop_requests
from p2pbo.runner.process.threads import thread_limit
from p2pbo.runner.process.watchdog import Watchdog
from p2pbo.runner.resume.checkpoints import restore
from p2pbo.runner.resume.start_point import StartPoint, find_start_point
from p2pbo.runner.survivors.setup import exit_without_finalize, is_fault_tolerant, survivor_logger
from p2pbo.trace import DIVERGED, Trace

if TYPE_CHECKING:
    from mpi4py import MPI


def execute(
    describe: DescriptionFactory,
    objects: UserObjects,
    comm: MPI.Intracomm | None = None,
    on_row: RowCallback | None = None,
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
    with abort_on_error(comm), stop_requests() as request:
        ranks = Ranks(comm)
        assembly = ranks.agree(lambda: Assembly.build(describe, objects, ranks))
        ranks.same(digests(assembly))
        start_point = find_start_point(assembly, resume, ranks)
        if start_point.completed:
            return start_point.trace() if ranks.rank == 0 else None
        inspect(assembly, ranks)
        fault_tolerant = ranks.agree(lambda: is_fault_tolerant(assembly, ranks))
        if fault_tolerant:
            request.interrupt_instead()  # there will be no checkpoint
        elif start_point.out is None:
            request.decline()
        network = _network(assembly, comm, fault_tolerant)
        if ranks.rank == 0:
            warn_of_uncovered(assembly)
            warn_of_negative_edges(
                assembly.topology, assembly.description, assembly.problem, assembly.compression
            )
        head, timer = partial(header, assembly, ranks, ranks.hosts()), StepTimer()
        report = RowReporter(on_row, assembly.description.steps)
        exact = None if fault_tolerant else exact_solver(assembly, network)

        def open_logger() -> RunLogger:
            writer = ranks.agree(lambda: start_point.writer(head()) if ranks.rank == 0 else None)
            if fault_tolerant:
                return survivor_logger(assembly, network, timer, writer, head, report)
            return CollectiveLogger(
                MetricsCollector(assembly, network, exact, timer), network, timer, writer, report
            )

        # An overflow ends as an infinite state, which names its node and step; numpy's warnings would not.
        quiet = np.errstate(over="ignore", invalid="ignore")
        try:
            losses = assembly.oracles.torch_losses
            by_torch = losses is not None and losses.differentiated
            limit = thread_limit(assembly.description.threads, ranks, by_torch=by_torch)
            with _closing(open_logger) as logger, limit, retained_heap(), quiet:
                trace = _run_steps(assembly, network, start_point, logger, timer, request)
        except BaseException as error:
            if raised_on_all_ranks(error):
                network.close()
                ranks.close()
            raise
        if fault_tolerant and network.failed:
            exit_without_finalize()
        if not fault_tolerant:
            network.close()
            ranks.close()
        return trace


def attach_trace(trace: Trace | None, error: BaseException) -> None:
    """Give the error the trace of what was logged before it, which no file may hold."""
    error.trace = trace  # type: ignore[attr-defined]


def _network(assembly: Assembly, comm: MPI.Intracomm | None, fault_tolerant: bool) -> Network:
    described = assembly.description
    return Network(
        assembly.topology,
        comm,
        np.dtype(described.dtype),
        assembly.compression,
        assembly.link_clock,
        described.checksum == "on",
        LinkFaults(**described.links.model_dump()),
        described.seed,
        "continue" if fault_tolerant else "abort",
    )


def _run_steps(
    assembly: Assembly,
    network: Network,
    start_point: StartPoint,
    logger: RunLogger,
    timer: StepTimer,
    request: StopRequest,
) -> Trace | None:
    """Take all steps and log them; return what the logger finishes with."""
    comm = network.ranks.comm
    watchdog = Watchdog(
        assembly.description.stall_timeout if comm is not None else 0,  # one process waits for nobody
        network.ranks.rank,
        network.waiting,
        network.placement.hosted,
        _aborting(comm),
    )
    with watchdog:
        if start_point.checkpoint is None:
            state = assembly.start()
            logger.log(state)
        else:
            state = restore(start_point.checkpoint, assembly, network, timer)
        watchdog.beat("the curvature before step", state.step + 1)
        limits = DivergenceLimits(assembly, network.hosted, exceeds_lipschitz(assembly, network))
        state = Loop(assembly, network, timer, logger, limits, request, watchdog).run(state)
        watchdog.beat("the end after step", state.step)
        return logger.finish(state)


@contextmanager
def _closing(open_logger: Callable[[], RunLogger]) -> Iterator[RunLogger]:
    """Yield the logger that is opened; where the run ends early, its trace says so, whenever an interrupt comes."""
    logger = None
    try:
        with deferred_interrupts():
            logger = open_logger()
        yield logger
    except BaseException as error:
        if logger is not None:
            with deferred_interrupts():
                attach_trace(logger.close(_status(error)), error)
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
