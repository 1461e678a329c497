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
    ) -> None:
        self._network, self._running, self._timer = network, running, timer
        self._logger, self._limits = logger, limits
        self._request, self._watchdog = request, watchdog
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
                self._running.step_each()
                self._report_divergence()
            if self._halted or perf_counter() - looked >= POLL:
                state = self._look(state)
                looked = perf_counter()
        if self._logger.stopping:
            raise self._stopped(state.step)
        return state

    def _look(self, state: State) -> State:
        """Handle what has come, and log a row that is due; return the state that was logged last."""
        self._request.check()
        self._watchdog.beat("the step of nodes", int(self._running.nodes.steps.max()))
        self._ask_for_stop(state.step)
        self._logger.poll(state.step)
        return self._logged(self._logger.due) if self._logger.due > state.step else state

    def _logged(self, row: int) -> State:
        running, network, edges = self._running, self._network, self._network.plan.edges
        state = running.nodes.state(row)
        self._timer.wall = running.now
        network.traffic.restore(running.sent_bytes[edges], running.sent_messages[edges], running.crossed)
        self._logger.log(state, self._limits.outgrown(state))
        return state

    def _report_divergence(self) -> None:
        """Stop stepping at a node that is not finite, and tell the writer."""
        if self._running.finite:
            return
        self._halted = True
        found = self._limits.nonfinite(self._running.nodes.state(int(self._running.nodes.steps.max())))
        assert found is not None  # of the node that has stepped last
        self._logger.report(found)

    def _ask_for_stop(self, step: int) -> None:
        asked = self._request.made is not None or self._request.out_of_time
        if asked and not self._asked:
            self._asked = True
            self._logger.ask_for_stop(step, ON_REQUEST if self._request.made is not None else OUT_OF_TIME)

    def _stopped(self, step: int) -> Stopped:
        if self._logger.stopping == OUT_OF_TIME:
            return OutOfTime(f"stopped at the time limit of {self._time_limit} after step {step}")
        return Stopped(f"stopped on request after step {step}")
