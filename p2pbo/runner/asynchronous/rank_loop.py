"""The loop of one rank's asynchronous nodes: steps without waiting, and now and then a look at what others ask for."""

from __future__ import annotations

from time import perf_counter

from p2pbo.algorithms import State
from p2pbo.asynchronous.rank_nodes import RankNodes
from p2pbo.network import Network
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.asynchronous.logger import AsynchronousLogger
from p2pbo.runner.checks.divergence import DivergenceLimits
from p2pbo.runner.logging.metrics import StepTimer
from p2pbo.runner.process.signals import OutOfTime, Stopped, StopRequest
from p2pbo.runner.process.watchdog import Watchdog
from p2pbo.runner.timeline.timeline import Timeline

POLL = 5e-4
"""Seconds between looks at what other ranks ask for."""

OUT_OF_TIME, ON_REQUEST = "at the time limit", "on request"
"""Why all ranks stop."""


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
        self._network, self._running, self._timer = network, running, timer
        self._logger, self._limits = logger, limits
        self._request, self._watchdog, self._timeline = request, watchdog, timeline
        self._time_limit = assembly.description.time_limit
        self._asked = self._halted = False

    def run(self, state: State) -> State:
        """Let the nodes step; return their state in the last row.

        Raises:
            Diverged: a node's state became NaN or infinite, or outgrew the start (on the writer alone).
            Stopped: somebody has asked for it.
            KeyboardInterrupt: this process has been interrupted.
        """
        self._running.start(self._timer.wall)
        looked = perf_counter()
        while not self._logger.ended:
            if not self._halted:
                self._step_each()
            if self._halted or perf_counter() - looked >= POLL:
                state = self._look(state)
                looked = perf_counter()
        if self._logger.stopping:
            raise self._stopped(state.step)
        return state

    def _step_each(self) -> None:
        """Let each node take a step; where one is not finite any more, tell the writer, and step no further."""
        self._timeline.begin_step(self._running.latest + 1, perf_counter())
        self._running.step_each()
        self._timeline.end_step(perf_counter())
        if not self._running.finite:
            self._halted = True
            found = self._limits.nonfinite(self._running.nodes.state(self._running.latest))
            assert found is not None  # of the node that has stepped last
            self._logger.report(found)

    def _look(self, state: State) -> State:
        """Handle what has come, and log a row that is due; return the state that was logged last."""
        self._request.check()
        self._watchdog.beat("the step of nodes", self._running.latest)
        self._ask_for_stop(state.step)
        self._logger.poll(state.step)
        if self._logger.due <= state.step:
            return state
        with self._timeline.span("log", self._logger.due):
            return self._logged(self._logger.due)

    def _logged(self, row: int) -> State:
        running, network, edges = self._running, self._network, self._network.plan.edges
        state = running.nodes.state(row)
        self._timer.wall = running.now
        network.traffic.restore(running.sent_bytes[edges], running.sent_messages[edges], running.crossed)
        self._logger.log(state, self._limits.outgrown(state))
        return state

    def _ask_for_stop(self, step: int) -> None:
        asked = self._request.made is not None or self._request.out_of_time
        if asked and not self._asked:
            self._asked = True
            self._logger.ask_for_stop(step, ON_REQUEST if self._request.made is not None else OUT_OF_TIME)

    def _stopped(self, step: int) -> Stopped:
        if self._logger.stopping == OUT_OF_TIME:
            return OutOfTime(f"stopped at the time limit of {self._time_limit} after step {step}")
        return Stopped(f"stopped on request after step {step}")
