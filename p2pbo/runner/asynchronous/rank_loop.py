"""The loop of one rank's asynchronous nodes: steps without waiting, and now and then a look at what others ask for."""

from __future__ import annotations

from time import perf_counter, sleep

from p2pbo.algorithms import State
from p2pbo.asynchronous.rank_nodes import RankNodes
from p2pbo.network import Network
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.asynchronous.checkpoints import count_traffic, running_rows
from p2pbo.runner.asynchronous.logger import AsynchronousLogger
from p2pbo.runner.asynchronous.silence import SilenceReporter
from p2pbo.runner.checks.divergence import DivergenceLimits, Finding, first_finding
from p2pbo.runner.logging.metrics import StepTimer
from p2pbo.runner.process.exit_codes import Diverged
from p2pbo.runner.process.signals import StopRequest
from p2pbo.runner.process.watchdog import Watchdog
from p2pbo.runner.resume.checkpoints import save
from p2pbo.runner.timeline.timeline import Timeline

POLL = 5e-4
"""Seconds between looks at what other ranks ask for."""

NOTICEABLE_SILENCE = 1.0
"""Seconds of silence that the end of a run tells of: ranks that share a core fall silent for less."""


class RankLoop:
    """The steps of one rank until the nodes of all have taken enough on average, a row ends the run, or all stop.

    Args:
        assembly, network: of the run; the network counts what edges carry.
        running: the nodes of this rank.
        timer: counts the seconds of the run.
        logger: of this rank.
        limits: tell when a state has diverged.
        request: whether this process has been asked to stop.
        watchdog: is told of all progress.
        timeline: records when what was done.
    """

    def __init__(
        self,
        assembly: Assembly,
        network: Network,
        running: RankNodes,
        timer: StepTimer,
        logger: AsynchronousLogger,
        limits: DivergenceLimits,
        request: StopRequest,
        watchdog: Watchdog,
        timeline: Timeline,
    ) -> None:
        self._assembly, self._network = assembly, network
        self._running, self._timer = running, timer
        self._logger, self._limits = logger, limits
        self._request, self._watchdog, self._timeline = request, watchdog, timeline
        self._silence = SilenceReporter(assembly, running, NOTICEABLE_SILENCE)
        self._checkpoints = logger.checkpoints
        # else others go on without a rank that hangs
        self._missed = assembly.description.silent_after is None
        self._finding: Finding | None = None
        self._asked = False

    def run(self, state: State) -> State:
        """Let the nodes step; return their state in the last row.

        Raises:
            Diverged: a node's state became NaN or infinite, or outgrew the start (on the writer alone, or alike on all
                ranks where a checkpoint was due).
            Stopped: somebody has asked for it (on the writer alone where ranks are lost).
            KeyboardInterrupt: this process has been interrupted.
        """
        self._running.start(self._timer.wall)
        looked = perf_counter()
        while not self._logger.done:
            stand = self._logger.stands or self._finding is not None
            if stand:
                sleep(POLL)
            else:
                self._step_each()
            if stand or perf_counter() - looked >= POLL:
                state = self._look(state)
                looked = perf_counter()
        stop = self._logger.stop
        if stop is not None:
            lost = () if stop.saved else self._network.failed
            raise self._checkpoints.stopped(stop.step, out_of_time=stop.out_of_time, lost=lost)
        self._silence.report_silences()
        return state

    def _step_each(self) -> None:
        """Let each node take a step; where one is not finite any more, tell the writer, and step no further."""
        self._timeline.begin_step(self._running.latest + 1, perf_counter())
        self._running.step_each()
        self._timeline.end_step(perf_counter())
        if not self._running.finite:
            self._finding = self._limits.nonfinite(self._running.nodes.state(self._running.latest))
            assert self._finding is not None  # of the node that has stepped last
            self._logger.report(self._finding)

    def _look(self, state: State) -> State:
        """Handle what has come: log a row or save, where due; return the state that was logged last."""
        self._request.check()
        if not self._logger.waiting():  # a row that is never complete is no progress
            self._watchdog.beat("the step of nodes", self._running.latest, missed=self._missed)
        self._silence.report_drops()
        self._ask_for_stop(state.step)
        self._logger.poll(state.step)
        if self._logger.due > state.step:
            with self._timeline.span("log", self._logger.due):
                state = self._state(self._logger.due)
                self._logger.log(state, self._limits.outgrown(state))
        if self._logger.write_due is not None:
            self._save(self._logger.write_due)
            self._logger.saved()
        return state

    def _ask_for_stop(self, step: int) -> None:
        on_request = self._request.made is not None
        if (on_request or self._request.out_of_time) and not self._asked:
            self._asked = True
            self._logger.ask_for_stop(step, out_of_time=not on_request)

    def _save(self, step: int) -> None:
        """Write a checkpoint with all ranks: each lets its nodes stand still, until all have.

        Raises:
            Diverged: a node's state is not finite.
        """
        self._watchdog.beat("the checkpoint of step", step)
        state, found = self._state(step), first_finding(self._network.ranks, self._finding)
        if found is not None:
            raise Diverged(found.text, everywhere=True)
        path, rows = self._checkpoints.path, running_rows(self._running)
        with self._timeline.span("checkpoint", step):
            save(path, state, self._assembly, self._network, self._timer, rows)

    def _state(self, step: int) -> State:
        """Return the state of the nodes as that of a step, and count time and what they have sent."""
        self._timer.wall = self._running.now
        count_traffic(self._running, self._network)
        return self._running.nodes.state(step)
