"""The loop of a run: a step, now and then a row of the trace or a checkpoint, and a look at who wants to stop."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from p2pbo.algorithms import State
from p2pbo.compression import NotFinite
from p2pbo.config.interval import Interval, interval
from p2pbo.network import NEVER, Network
from p2pbo.network.rank_diameter import reach
from p2pbo.runner.assembly import Local
from p2pbo.runner.checks.divergence import Finding, Limits, agreed
from p2pbo.runner.logging.logger import Chronicle
from p2pbo.runner.logging.metrics import Clock
from p2pbo.runner.process.abort import Diverged
from p2pbo.runner.process.signals import Request, Stopped
from p2pbo.runner.process.watchdog import Watchdog
from p2pbo.runner.resume.checkpoints import checkpoint_path, save


class Loop:
    """Takes steps until the last, or until somebody asks for a stop.

    Args:
        local, network: of the run.
        clock: counts the seconds of steps.
        chronicle: of the states to be logged.
        limits: what states are held against.
        request: whether this rank has been asked to stop.
        watchdog: hears of all progress.
    """

    def __init__(
        self,
        local: Local,
        network: Network,
        clock: Clock,
        chronicle: Chronicle,
        limits: Limits,
        request: Request,
        watchdog: Watchdog,
    ) -> None:
        description = local.description
        self._local, self._network, self._clock = local, network, clock
        self._chronicle, self._watchdog = chronicle, watchdog
        self._request, self._notices = request, network.notices
        self._steps, self._log_every = description.steps, description.log_every
        every = description.checkpoint_every
        self._every = interval(every) if every else Interval()
        self._kept = checkpoint_path(Path(description.out)) if description.out else None
        self._reach = reach(network.topology, network.placement)
        self._limits = limits
        self._broken: Finding | None = None
        self._saved_at = time.monotonic()

    def run(self, state: State) -> State:
        """Return all steps after ``state``.

        Raises:
            Diverged: a state became NaN or infinite, or outgrew the start.
            Stopped: somebody has asked for it.
            KeyboardInterrupt: this process has been interrupted.
        """
        while state.step < self._steps:
            self._request.check()
            self._watchdog.beat("step", state.step + 1)
            state = self._recovered(self._step(state))
            self._notify(state.step)
            last = state.step == self._steps
            stop = state.step >= self._notices.stop and not last
            save = stop or self._due(state.step)
            if last or state.step % self._log_every == 0:
                self._log(state)
            elif save:
                self._meet(self._broken)
            if save:
                self._save(state)
            if stop:
                raise Stopped(f"stopped on request after step {state.step}; p2pbo run {self._kept} goes on")
        return state

    def _step(self, state: State) -> State:
        local, began = self._local, time.perf_counter()
        try:
            after = local.algorithm.step(state, self._network, local.oracles, local.sampler)
        except NotFinite as error:
            raise Diverged(self._limits.unsendable(error, state.step + 1)) from None
        self._clock.wall += time.perf_counter() - began
        found = self._limits.broken(after)
        return after if found is None else self._halted(state, found)

    def _halted(self, state: State, found: Finding) -> State:
        """Return the last sound state, in the place of what came after it, until all ranks have heard of the end.

        So nobody gets to see NaN meanwhile. Nothing of it is logged or saved: all ranks meet before.
        """
        if not self._chronicle.meets:
            raise Diverged(found.text)
        self._broken = self._broken or found
        self._notices.stop = min(self._notices.stop, found.step + self._reach)
        return replace(state, step=found.step)

    def _log(self, state: State) -> None:
        self._watchdog.beat("the row of step", state.step)
        found = self._meet(self._broken or self._limits.outgrown(state))
        self._chronicle.log(state, found)
        if found is not None and self._chronicle.meets:
            raise Diverged(found.text, everywhere=True)

    def _meet(self, own: Finding | None) -> Finding | None:
        """What all ranks have found, where they meet, else what this one has: a state that is to be logged as the last.

        Raises:
            Diverged: a state that is not finite is not logged.
        """
        found = agreed(self._network.ranks, own) if self._chronicle.meets else own
        if found is not None and not found.logs:
            raise Diverged(found.text, everywhere=True)
        return found

    def _recovered(self, state: State) -> State:
        """Return the state without what the dead have left in it, in the step in which all who live do so."""
        notices, step = self._notices, state.step
        if self._chronicle.attend(step):
            notices.recover = min(notices.recover, step + self._network.ranks.size - 1)
        if notices.recover <= step:
            due, notices.recover = notices.recover == step, NEVER
            if due:
                self._network.recover()
                return self._local.algorithm.recover(state)
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
