"""The loop of a run: steps, rows of the trace and checkpoints when they are due, and the stop on request."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from p2pbo.algorithms import State
from p2pbo.compression import NotFinite
from p2pbo.config.interval import Interval, parse_interval
from p2pbo.network import NEVER, Network
from p2pbo.network.rank_diameter import rank_diameter
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.checks.divergence import DivergenceLimits, Finding, first_finding
from p2pbo.runner.logging.logger import RunLogger
from p2pbo.runner.logging.metrics import StepTimer
from p2pbo.runner.logging.modelled_time import modelled_time
from p2pbo.runner.process.exit_codes import Diverged
from p2pbo.runner.process.signals import Stopped, StopRequest
from p2pbo.runner.process.watchdog import Watchdog
from p2pbo.runner.resume.checkpoints import checkpoint_path, save


class Loop:
    """The steps of a run, until the last or until somebody asks for a stop.

    Args:
        assembly, network: of the run.
        timer: counts the seconds of steps.
        logger: writes the rows of the trace.
        limits: tell when a state has diverged.
        request: whether this rank has been asked to stop.
        watchdog: is told of all progress.
    """

    def __init__(
        self,
        assembly: Assembly,
        network: Network,
        timer: StepTimer,
        logger: RunLogger,
        limits: DivergenceLimits,
        request: StopRequest,
        watchdog: Watchdog,
    ) -> None:
        description = assembly.description
        self._assembly, self._network, self._timer = assembly, network, timer
        self._modelled = modelled_time(description, network, timer)
        self._logger, self._watchdog = logger, watchdog
        self._request, self._notices = request, network.notices
        self._steps, self._log_every = description.steps, description.log_every
        every = description.checkpoint_every
        self._every = parse_interval(every) if every else Interval()
        self._checkpoint = checkpoint_path(Path(description.out)) if description.out else None
        self._rank_diameter = rank_diameter(network.topology, network.placement)
        self._limits = limits
        self._finding: Finding | None = None
        self._saved_at = time.monotonic()

    def run(self, state: State) -> State:
        """Take all steps after ``state``; return the state after the last.

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
                self._agree(self._finding)
            if save:
                self._save(state)
            if stop:
                raise Stopped(
                    f"stopped on request after step {state.step}; p2pbo run {self._checkpoint} goes on"
                )
        return state

    def _step(self, state: State) -> State:
        assembly, began = self._assembly, time.perf_counter()
        try:
            after = assembly.algorithm.step(state, self._network, assembly.oracles, assembly.sampler)
        except NotFinite as error:
            raise Diverged(self._limits.unsendable(error, state.step + 1)) from None
        self._timer.wall += time.perf_counter() - began
        self._modelled.end_step(state.step)
        found = self._limits.nonfinite(after)
        return after if found is None else self._halted(state, found)

    def _halted(self, state: State, found: Finding) -> State:
        """Return the last finite state in the place of what came after it, until all ranks have heard of the end.

        So nobody receives NaN meanwhile. Nothing of it is logged or saved: all ranks agree on the end before.
        """
        if not self._logger.collective:
            raise Diverged(found.text)
        self._finding = self._finding or found
        self._notices.stop = min(self._notices.stop, found.step + self._rank_diameter)
        return replace(state, step=found.step)

    def _log(self, state: State) -> None:
        self._watchdog.beat("the row of step", state.step)
        found = self._agree(self._finding or self._limits.outgrown(state))
        self._modelled.settle()
        self._logger.log(state, found)
        if found is not None and self._logger.collective:
            raise Diverged(found.text, everywhere=True)

    def _agree(self, own: Finding | None) -> Finding | None:
        """Return the finding of all ranks where they log together, else this one's: its state is logged as the last.

        Raises:
            Diverged: a state that is not finite is not logged.
        """
        found = first_finding(self._network.ranks, own) if self._logger.collective else own
        if found is not None and not found.logs:
            raise Diverged(found.text, everywhere=True)
        return found

    def _recovered(self, state: State) -> State:
        """Return the state without what failed ranks have left in it, in the step in which all others do so."""
        notices, step = self._notices, state.step
        if self._logger.poll(step):
            notices.recover = min(notices.recover, step + self._network.ranks.size - 1)
        if notices.recover <= step:
            due, notices.recover = notices.recover == step, NEVER
            if due:
                self._network.recover()
                return self._assembly.algorithm.recover(state)
        return state

    def _notify(self, step: int) -> None:
        """Give notice of a stop or a checkpoint, so early that all ranks hear of it in time."""
        notices, ahead = self._notices, step + self._rank_diameter
        if self._request.made is not None and notices.stop == NEVER:
            notices.stop = ahead
        if notices.save < step:
            notices.save = NEVER
        if self._network.ranks.rank == 0 and notices.save == NEVER and self._interval_is_over():
            notices.save = ahead

    def _interval_is_over(self) -> bool:
        seconds = self._every.seconds
        return seconds is not None and time.monotonic() - self._saved_at >= seconds

    def _due(self, step: int) -> bool:
        """Tell whether a checkpoint is due: by steps, by a notice, or after the last step of a run that keeps any."""
        if self._every.steps is not None and step % self._every.steps == 0:
            return True
        return step == self._notices.save or (step == self._steps and self._every != Interval())

    def _save(self, state: State) -> None:
        assert self._checkpoint is not None
        self._watchdog.beat("the checkpoint of step", state.step)
        self._modelled.settle()
        save(self._checkpoint, state, self._assembly, self._network, self._timer)
        self._saved_at = time.monotonic()
