"""The loop of a run: a step, now and then a row of the trace or a checkpoint, and a look at who wants to stop."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from p2pbo.algorithms import State
from p2pbo.config.interval import Interval, interval
from p2pbo.network import NEVER, Network
from p2pbo.network.reach import reach
from p2pbo.runner.checkpoints import checkpoint_of, save
from p2pbo.runner.chronicle import Chronicle
from p2pbo.runner.failure import Diverged
from p2pbo.runner.observer import Clock
from p2pbo.runner.setup import Local
from p2pbo.runner.stopping import Request, Stopped
from p2pbo.runner.watchdog import Watchdog


class Loop:
    """Takes steps until the last, or until somebody asks for a stop.

    Args:
        local, network: of the run.
        clock: counts the seconds of steps.
        chronicle: of the states to be logged.
        request: whether this rank has been asked to stop.
        watchdog: hears of all progress.
    """

    def __init__(
        self,
        local: Local,
        network: Network,
        clock: Clock,
        chronicle: Chronicle,
        request: Request,
        watchdog: Watchdog,
    ) -> None:
        description = local.description
        self._local, self._network, self._clock = local, network, clock
        self._chronicle, self._watchdog = chronicle, watchdog
        self._request, self._notices = request, network.transport.notices
        self._steps, self._log_every = description.steps, description.log_every
        every = description.checkpoint_every
        self._every = interval(every) if every else Interval()
        self._kept = checkpoint_of(Path(description.out)) if description.out else None
        self._reach = reach(network.topology, network.placement)
        self._saved_at = time.monotonic()

    def run(self, state: State) -> State:
        """All steps after ``state``.

        Raises:
            Diverged: a state became NaN or infinite.
            Stopped: somebody has asked for it.
        """
        while state.step < self._steps:
            self._watchdog.beat("step", state.step + 1)
            state = self._mended(self._step(state))
            if state.step % self._log_every == 0 or state.step == self._steps:
                self._watchdog.beat("the row of step", state.step)
                self._chronicle.log(state)
            self._notify(state.step)
            stop = state.step >= self._notices.stop and state.step < self._steps
            if stop or self._due(state.step):
                self._save(state)
            if stop:
                raise Stopped(f"stopped on request after step {state.step}; p2pbo run {self._kept} goes on")
        return state

    def _step(self, state: State) -> State:
        local, began = self._local, time.perf_counter()
        state = local.algorithm.step(state, self._network, local.oracles, local.sampler)
        self._clock.wall += time.perf_counter() - began
        check_finite(state, self._network.hosted)
        return state

    def _mended(self, state: State) -> State:
        """The state without what the dead have left in it, in the step in which all who live do so."""
        notices, step = self._notices, state.step
        if self._chronicle.attend(step):
            notices.mend = min(notices.mend, step + self._network.ranks.size - 1)
        if notices.mend <= step:
            due, notices.mend = notices.mend == step, NEVER
            if due:
                self._network.mend()
                return self._local.algorithm.mend(state)
        return state

    def _notify(self, step: int) -> None:
        """Tell the others what is to be done, so early that all hear of it in time."""
        notices, ahead = self._notices, step + self._reach
        if self._request.made is not None and notices.stop == NEVER:
            notices.stop = ahead
        if notices.save < step:
            notices.save = NEVER
        if self._network.ranks.rank == 0 and notices.save == NEVER and self._time_has_come():
            notices.save = ahead

    def _time_has_come(self) -> bool:
        seconds = self._every.seconds
        return seconds is not None and time.monotonic() - self._saved_at >= seconds

    def _due(self, step: int) -> bool:
        """Whether a checkpoint is: by steps, by a notice, or because it is the last step of a run that keeps any."""
        if self._every.steps is not None and step % self._every.steps == 0:
            return True
        return step == self._notices.save or (step == self._steps and self._every != Interval())

    def _save(self, state: State) -> None:
        assert self._kept is not None
        self._watchdog.beat("the checkpoint of step", state.step)
        save(self._kept, state, self._local, self._network, self._clock)
        self._saved_at = time.monotonic()


def check_finite(state: State, hosted: range) -> None:
    """Check a state.

    Raises:
        Diverged: it holds NaN or infinity; names the node and the variable.
    """
    for name, V in zip("xyz", state.point, strict=False):
        finite = np.isfinite(V)
        if not finite.all():
            node = hosted[int(finite.all(axis=1).argmin())]
            raise Diverged(
                f"node {node} diverged at step {state.step}: its {name} holds NaN or infinity; lower the step sizes"
            )
