"""A run that is set up alike on all ranks: its network, what it logs, its steps, and its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from p2pbo.algorithms import State
from p2pbo.asynchronous.rank_nodes import RankNodes
from p2pbo.asynchronous.simulation import Simulation
from p2pbo.config.interval import duration_or_never
from p2pbo.errors import InputError
from p2pbo.interrupts import deferred_interrupts
from p2pbo.network import LinkFaults, Network, Ranks, WaitObserver
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.asynchronous.checkpoints import go_on
from p2pbo.runner.asynchronous.figures import known_figures
from p2pbo.runner.asynchronous.living_nodes import averaged_nodes
from p2pbo.runner.asynchronous.logger import AsynchronousLogger, asynchronous_logger
from p2pbo.runner.asynchronous.metrics import AsynchronousMetrics
from p2pbo.runner.asynchronous.rank_loop import RankLoop
from p2pbo.runner.asynchronous.setup import asynchronous_nodes
from p2pbo.runner.asynchronous.simulated_loop import SimulatedLoop
from p2pbo.runner.checks.curvature import exceeds_lipschitz
from p2pbo.runner.checks.directed_graphs import warn_of_long_ways
from p2pbo.runner.checks.divergence import DivergenceLimits
from p2pbo.runner.checks.negative_weights import warn_of_negative_weights
from p2pbo.runner.checks.submodel_coverage import warn_of_uncovered
from p2pbo.runner.header import header
from p2pbo.runner.logging.exact_solution import exact_solver
from p2pbo.runner.logging.logger import CollectiveLogger, RowCallback, RowReporter, RunLogger
from p2pbo.runner.logging.metrics import MetricsCollector, RankMetrics, StepTimer
from p2pbo.runner.loop import Loop
from p2pbo.runner.process.abort import aborting
from p2pbo.runner.process.early_exit import end_job_at_exit, exit_without_finalize
from p2pbo.runner.process.exit_codes import Diverged, raised_on_all_ranks
from p2pbo.runner.process.signals import OutOfTime, Stopped, StopRequest
from p2pbo.runner.process.threads import thread_limit
from p2pbo.runner.process.watchdog import Watchdog
from p2pbo.runner.resume.checkpoints import restore
from p2pbo.runner.resume.start_point import StartPoint
from p2pbo.runner.stopping.until import Until
from p2pbo.runner.survivors.setup import is_fault_tolerant, survivor_logger
from p2pbo.runner.timeline.setup import open_timeline
from p2pbo.runner.timeline.timeline import Timeline
from p2pbo.trace import DIVERGED, Trace
from p2pbo.trace.checkpoint import Checkpoint

if TYPE_CHECKING:
    from mpi4py import MPI


@dataclass(frozen=True)
class PreparedRun:
    """A run that can start: :meth:`logger`, then :meth:`take_steps`, then :meth:`end`, or :meth:`fail`.

    Attributes:
        metrics: what this rank contributes to rows.
        collector: makes the rows that all ranks log together.
        report: tells who asked of each row, and hears whether the run ends with it.
        fault_tolerant: whether it goes on without ranks that fail.
        running: the nodes, where they are asynchronous; None: they go round by round.
    """

    assembly: Assembly
    ranks: Ranks
    start_point: StartPoint
    network: Network
    timer: StepTimer
    timeline: Timeline
    request: StopRequest
    metrics: RankMetrics
    collector: MetricsCollector
    report: RowReporter
    fault_tolerant: bool
    running: Simulation | RankNodes | None

    @classmethod
    def prepare(
        cls,
        assembly: Assembly,
        ranks: Ranks,
        start_point: StartPoint,
        request: StopRequest,
        on_row: RowCallback | None,
    ) -> PreparedRun:
        """Connect the ranks, and warn of what may surprise.

        Raises:
            InputError: MPI, or the rows of the run, cannot do what is asked; raised alike on all ranks.
        """
        description = assembly.description
        fault_tolerant = ranks.agree(lambda: is_fault_tolerant(assembly, ranks))
        _choose_requests(request, assembly, start_point, fault_tolerant, ranks)
        timeline = open_timeline(assembly, ranks)
        network = _network(assembly, ranks.comm, fault_tolerant, timeline.on_wait)
        if ranks.rank == 0:
            warn_of_uncovered(assembly)
            warn_of_long_ways(assembly.topology)
            warn_of_negative_weights(assembly.topology, description, assembly.problem, assembly.compression)
        timer = StepTimer()
        running = asynchronous_nodes(assembly, network, timeline)
        averaged = averaged_nodes(assembly.topology, running)
        exact = None if fault_tolerant else exact_solver(assembly, network, averaged)
        figures = None
        if isinstance(running, RankNodes):
            figures = known_figures(assembly, network, averaged, exact)
            exact = exact if figures else None
        metrics = RankMetrics(assembly, network, timer, averaged)
        if running is not None:
            metrics = AsynchronousMetrics(assembly, network, timer, averaged, running, figures)
        collector = MetricsCollector(assembly, network, exact, metrics)
        until, measured = _checked_until(assembly, collector, ranks), assembly.algorithm.measures_x
        report = RowReporter(on_row, description.steps, until, measured=measured)
        return cls(
            *(assembly, ranks, start_point, network, timer, timeline),
            *(request, metrics, collector, report, fault_tolerant, running),
        )

    @contextmanager
    def logger(self) -> Iterator[RunLogger]:
        """Yield the logger; where the run ends early, its trace says so, whenever an interrupt comes."""
        logger = None
        try:
            with deferred_interrupts():
                logger = self._open_logger()
            yield logger
        except BaseException as error:
            if logger is not None:
                with deferred_interrupts():
                    _attach_trace(logger.close(_status(error)), error)
            raise

    def _open_logger(self) -> RunLogger:
        head = partial(header, self.assembly, self.ranks, self.ranks.hosts())
        first = self.ranks.rank == 0
        writer = self.ranks.agree(lambda: self.start_point.writer(head()) if first else None)
        if self.fault_tolerant:
            return survivor_logger(self.assembly, self.network, self.timer, writer, head, self.report)
        if isinstance(self.running, RankNodes):
            assert isinstance(self.metrics, AsynchronousMetrics)  # of these nodes
            parts = self.assembly, self.network, self.running, self.metrics
            return asynchronous_logger(*parts, writer, head, self.report, self.start_point)
        return CollectiveLogger(self.collector, self.network, self.timer, writer, self.report)

    def thread_limit(self) -> AbstractContextManager[object]:
        """Return a context in which numpy and torch have the threads that the run may use."""
        losses = self.assembly.oracles.torch_losses
        by_torch = losses is not None and losses.differentiated
        return thread_limit(self.assembly.description.threads, self.ranks, by_torch=by_torch)

    def take_steps(self, logger: RunLogger) -> Trace | None:
        """Take all steps and log them; return what the logger finishes with."""
        assembly, network = self.assembly, self.network
        waiting = logger.waiting if isinstance(logger, AsynchronousLogger) else network.waiting
        with self._watchdog(waiting) as watchdog:
            if self.start_point.checkpoint is None:
                state = assembly.start()
                with self.timeline.span("log", 0):
                    logger.log(state)
            else:
                state = self._restored(self.start_point.checkpoint)
            watchdog.beat("the curvature before step", state.step + 1)
            limits = DivergenceLimits(assembly, network.hosted, exceeds_lipschitz(assembly, network))
            parts = self.timer, logger, limits, self.request
            match self.running:
                case None:
                    state = Loop(assembly, network, *parts, watchdog, self.timeline).run(state)
                case Simulation():
                    assert isinstance(logger, CollectiveLogger)  # opened for one process
                    others = self.timer, logger, limits, self.request
                    state = SimulatedLoop(assembly, network, self.running, *others).run(state)
                case RankNodes():
                    assert isinstance(logger, AsynchronousLogger)  # opened for them
                    rest = logger, limits, self.request, watchdog, self.timeline
                    state = RankLoop(assembly, network, self.running, self.timer, *rest).run(state)
            self.timeline.close()  # before the writer hears of the end
            watchdog.beat("the end after step", state.step)
            return logger.finish(state)

    def _restored(self, checkpoint: Checkpoint) -> State:
        """Return the state at the checkpoint that the run goes on from."""
        if self.running is None:
            return restore(checkpoint, self.assembly, self.network, self.timer, self.assembly.start())
        start = self.running.nodes.state(0)
        state = restore(checkpoint, self.assembly, self.network, self.timer, start)
        go_on(self.running, state, self.network, self.timer, checkpoint)
        return state

    def _watchdog(self, waiting: Callable[[], list[int]]) -> Watchdog:
        comm = self.ranks.comm
        return Watchdog(
            self.assembly.description.stall_timeout
            if comm is not None
            else 0,  # one process waits for nobody
            self.ranks.rank,
            waiting,
            self.network.placement.hosted,
            aborting(comm),
        )

    def end(self, trace: Trace | None) -> None:
        """Write the timeline and close the network, once all steps are taken."""
        if not self.fault_tolerant and not self.network.failed:
            self.timeline.gather()
            self._close()
            return
        if trace is not None:  # all others have told this rank of their end
            self.timeline.collect(running=False)
        if isinstance(self.running, RankNodes):
            self.running.stop_listening()
            end_job_at_exit(aborting(self.ranks.comm), self.network.failed, first=trace is not None)
        elif self.network.failed:
            exit_without_finalize(self.network.failed)

    def fail(self, error: BaseException) -> None:
        """Write the timeline of a run that ends with an error and close the network, as far as ranks still meet."""
        with deferred_interrupts():
            self.timeline.close()
            if isinstance(error, InputError):
                self.timeline.discard()
            elif raised_on_all_ranks(error):
                self.timeline.gather()
            else:
                self.timeline.collect(running=True)
        if raised_on_all_ranks(error):
            self._close()

    def _close(self) -> None:
        if isinstance(self.running, RankNodes):
            self.running.close()
        self.network.close()
        self.ranks.close()


def _choose_requests(
    request: StopRequest, assembly: Assembly, start_point: StartPoint, fault_tolerant: bool, ranks: Ranks
) -> None:
    """Choose what may ask this run to stop: no signal where it could keep no checkpoint."""
    if fault_tolerant:
        request.interrupt_instead()
    elif start_point.out is None:
        request.decline()
    described = assembly.description
    # one clock, of the rank that says why; without rounds that one may be lost
    if ranks.rank == 0 or described.asynchronous == "on":
        request.limit(duration_or_never(described.time_limit))


def _checked_until(assembly: Assembly, collector: MetricsCollector, ranks: Ranks) -> Until:
    """Return what ends the run early, once a row of the start has shown that its rows tell of it.

    Raises:
        InputError: they do not.
    """
    until = Until(assembly.description.until)
    if until:
        row = collector.row(assembly.start())
        ranks.agree(lambda: until.check(row) if row is not None else None)
    return until


def _attach_trace(trace: Trace | None, error: BaseException) -> None:
    """Give the error the trace of what was logged before it, which no file may hold."""
    error.trace = trace  # type: ignore[attr-defined]


def _network(
    assembly: Assembly, comm: MPI.Intracomm | None, fault_tolerant: bool, on_wait: WaitObserver | None
) -> Network:
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
        on_wait,
    )


def _status(error: BaseException) -> str:
    match error:
        case KeyboardInterrupt():
            return "interrupted"
        case OutOfTime():
            return "stopped: time limit"
        case Stopped():
            return "stopped"
        case Diverged():
            return f"{DIVERGED}: {error}"
    return f"failed: {type(error).__name__}: {error}"
