"""The modelled time of a run, step after step: the clock on rank 0, and how long nodes compute."""

from __future__ import annotations

import numpy as np

from p2pbo.config import Description
from p2pbo.network import MEASURED, Network, parse_compute_time
from p2pbo.network.clock.link_clock import CountedRound
from p2pbo.runner.logging.metrics import StepTimer


class ModelledTime:
    """The clock of a run with computing times that are known beforehand; ranks without the clock do nothing."""

    def __init__(self, description: Description, network: Network) -> None:
        said = description.compute_time
        self._time = None if said is None else parse_compute_time(said)
        self._seed, self._nodes, self._clock = description.seed, network.topology.nodes, network.clock

    def end_step(self, step: int) -> None:
        """Advance by ``step``, whose rounds have been counted."""
        if self._clock is not None:
            computing = 0.0 if self._time is None else self._time.of_step(step, self._nodes, self._seed)
            self._clock.step(self._clock.take_rounds(), computing)

    def settle(self) -> None:
        """Bring the clock up to the present step; called by all ranks."""


class MeasuredTime(ModelledTime):
    """The clock of a run whose ranks measure what they compute, and tell rank 0 before each row and checkpoint."""

    def __init__(self, description: Description, network: Network, timer: StepTimer) -> None:
        super().__init__(description, network)
        self._network, self._timer = network, timer
        self._before = self._computed()
        self._own: list[float] = []
        self._steps: list[list[CountedRound]] = []

    def end_step(self, step: int) -> None:
        """Keep what this rank has computed in the step, and the rounds of it."""
        before, self._before = self._before, self._computed()
        self._own.append(self._before - before)
        if self._clock is not None:
            self._steps.append(self._clock.take_rounds())

    def settle(self) -> None:
        """Advance by all steps since the last call, with the times of all ranks; called by all of them."""
        if not self._own:
            return
        hosted = len(self._network.hosted)
        seconds = self._network.ranks.gather(np.tile(np.array(self._own) / hosted, (hosted, 1)))
        self._own.clear()
        if self._clock is not None and seconds is not None:
            for rounds, computing in zip(self._steps, seconds.T, strict=True):
                self._clock.step(rounds, computing)
            self._steps.clear()

    def _computed(self) -> float:
        return self._timer.wall - self._network.wait_time


def modelled_time(description: Description, network: Network, timer: StepTimer) -> ModelledTime:
    """Return this rank's part in the modelled time of a run, from the present step on."""
    if description.compute_time == MEASURED:
        return MeasuredTime(description, network, timer)
    return ModelledTime(description, network)
