"""The loop of a run of simulated asynchronous nodes: events, and a row whenever nodes have taken enough steps."""

from __future__ import annotations

import time

import numpy as np

from p2pbo.algorithms import State
from p2pbo.asynchronous.simulation import Simulation
from p2pbo.network import Network
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.checks.divergence import DivergenceLimits
from p2pbo.runner.logging.logger import RunLogger
from p2pbo.runner.logging.metrics import StepTimer
from p2pbo.runner.process.exit_codes import Diverged
from p2pbo.runner.process.signals import OutOfTime, StopRequest


class SimulatedLoop:
    """The events of a run until its nodes have taken all steps on average, or a row ends it.

    Args:
        assembly, network: of the run; the network counts what links carry, and its clock is the simulation's.
        simulation: at its start.
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
        logger: RunLogger,
        limits: DivergenceLimits,
        request: StopRequest,
    ) -> None:
        description = assembly.description
        self._steps, self._log_every = description.steps, description.log_every
        self._time_limit = description.time_limit
        self._network, self._simulation, self._timer = network, simulation, timer
        self._logger, self._limits, self._request = logger, limits, request

    def run(self) -> State:
        """Handle events; return the state at the end.

        Raises:
            Diverged: a state became NaN or infinite, or outgrew the start.
            OutOfTime: the time limit is over.
            KeyboardInterrupt: this process has been interrupted.
        """
        step = 0
        while step < self._steps and not self._logger.ending:
            step += 1
            self._advance(step)
            if step % self._log_every == 0 or step == self._steps or not self._simulation.finite:
                self._log(step)
        return self._simulation.nodes.state(step)

    def _advance(self, step: int) -> None:
        """Handle events until the nodes have taken so many steps on average."""
        self._request.check()
        if self._request.out_of_time:
            raise OutOfTime(f"stopped at the time limit of {self._time_limit} after step {step - 1}")
        began = time.perf_counter()
        self._simulation.advance(step * len(self._simulation.nodes.nodes))
        self._timer.wall += time.perf_counter() - began

    def _log(self, step: int) -> None:
        simulation, network = self._simulation, self._network
        state = simulation.nodes.state(step)
        network.traffic.restore(simulation.sent_bytes, simulation.sent_messages, np.zeros(2, np.int64))
        if network.clock is not None:
            network.clock.nodes[:] = simulation.now
        found = self._limits.nonfinite(state) or self._limits.outgrown(state)
        if found is None or found.logs:
            self._logger.log(state, found)
        if found is not None:
            raise Diverged(found.text, everywhere=True)
