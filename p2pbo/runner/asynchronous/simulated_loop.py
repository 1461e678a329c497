"""The loop of a run of simulated asynchronous nodes: events, and a row whenever nodes have taken enough steps."""

from __future__ import annotations

import math
import time

from p2pbo.algorithms import State
from p2pbo.asynchronous.simulation import Simulation
from p2pbo.network import Network
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.asynchronous.checkpoints import count_traffic, running_rows
from p2pbo.runner.asynchronous.failures import FailureReporter
from p2pbo.runner.asynchronous.silence import SilenceReporter
from p2pbo.runner.checks.divergence import DivergenceLimits
from p2pbo.runner.logging.logger import CollectiveLogger
from p2pbo.runner.logging.metrics import StepTimer
from p2pbo.runner.process.exit_codes import Diverged
from p2pbo.runner.process.signals import StopRequest
from p2pbo.runner.resume.checkpoints import save
from p2pbo.runner.resume.schedule import CheckpointSchedule


class SimulatedLoop:
    """The events of a run until its nodes have taken all steps on average, a row ends it, or a request to stop.

    Args:
        assembly, network: of the run; the network counts what links carry, and its clock is the simulation's.
        simulation: at its start, or where a checkpoint has left it.
        timer: counts the seconds of events.
        logger: writes the rows of the trace.
        limits: tell when a state has diverged.
        request: whether this process has been asked to stop.
    """

    def __init__(
        self,
        assembly: Assembly,
        network: Network,
        simulation: Simulation,
        timer: StepTimer,
        logger: CollectiveLogger,
        limits: DivergenceLimits,
        request: StopRequest,
    ) -> None:
        description = assembly.description
        self._steps, self._log_every = description.steps, description.log_every
        self._checkpoints = CheckpointSchedule(description)
        self._assembly, self._network = assembly, network
        self._simulation, self._timer = simulation, timer
        self._logger, self._limits, self._request = logger, limits, request
        self._silence = SilenceReporter(assembly, simulation)
        self._failures = FailureReporter(assembly, simulation, logger)

    def run(self, state: State) -> State:
        """Handle the events after ``state``; return the state at the end.

        Raises:
            Diverged: a state became NaN or infinite, or outgrew the start.
            Stopped: somebody has asked for it, or the time limit is over.
            KeyboardInterrupt: this process has been interrupted.
        """
        step = state.step
        while not self._ended(step):
            step += 1
            self._advance(step)
            self._failures.report(step)
            self._silence.report_drops()
            if step % self._log_every == 0 or step == self._steps or not self._simulation.finite:
                self._log(step)
            stop = not self._ended(step) and (self._request.made is not None or self._request.out_of_time)
            if stop or self._due(step):
                self._save(step)
            if stop:
                raise self._checkpoints.stopped(step, out_of_time=self._request.made is None)
        self._silence.report_silences()
        return self._final(step)

    def _final(self, step: int) -> State:
        """Return the state of all nodes, NaN where one has failed."""
        state = self._simulation.nodes.state(step)
        for V in state.point:
            V[~self._simulation.living] = math.nan
        return state

    def _ended(self, step: int) -> bool:
        return self._logger.ending or step == self._steps

    def _advance(self, step: int) -> None:
        """Handle events until the nodes have taken so many steps on average."""
        self._request.check()
        began = time.perf_counter()
        self._simulation.advance(step * len(self._simulation.nodes.nodes))
        self._timer.wall += time.perf_counter() - began

    def _log(self, step: int) -> None:
        state = self._state(step)
        found = self._limits.nonfinite(state) or self._limits.outgrown(state)
        if found is None or found.logs:
            self._logger.log(state, found)
        if found is not None:
            raise Diverged(found.text, everywhere=True)

    def _due(self, step: int) -> bool:
        """Tell whether a checkpoint is due: by steps, by time, or at the end of a run that keeps any."""
        checkpoints = self._checkpoints
        at_end = self._ended(step) and checkpoints.asked
        return at_end or checkpoints.by_steps(step - 1, step) or checkpoints.by_time

    def _save(self, step: int) -> None:
        state, rows = self._state(step), running_rows(self._simulation)
        save(self._checkpoints.path, state, self._assembly, self._network, self._timer, rows)
        self._checkpoints.saved()

    def _state(self, step: int) -> State:
        """Return the state of all nodes, and tell the network what they have sent and what time it is."""
        count_traffic(self._simulation, self._network)
        if self._network.clock is not None:
            self._network.clock.nodes[:] = self._simulation.now
        return self._simulation.nodes.state(step)
