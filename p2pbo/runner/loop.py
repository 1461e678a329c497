"""The loop of a run: steps, rows of the trace and checkpoints when they are due, and the stop on request."""

from __future__ import annotations

import time
from dataclasses import replace

from p2pbo.algorithms import State
from p2pbo.compression import NotFinite
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
from p2pbo.runner.resume.checkpoints import save
from p2pbo.runner.resume.schedule import CheckpointSchedule
from p2pbo.runner.timeline.timeline import Timeline


class Loop:
    """The steps of a run, until the last, a row that ends it, or a request to stop.

    Args:
        assembly, network: of the run.
        timer: counts the seconds of steps.
        logger: writes the rows of the trace.
        limits: tell when a state has diverged.
        request: whether this rank has been asked to stop.
        watchdog: is told of all progress.
        timeline: records when what was done.
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
        timeline: Timeline,
    ) -> None:
        description = assembly.description
        self._assembly, self._network, self._timer = assembly, network, timer
        self._modelled = modelled_time(description, network, timer)
        self._logger, self._watchdog, self._timeline = logger, watchdog, timeline
        self._request, self._notices = request, network.notices
        self._steps, self._log_every = description.steps, description.log_every
        self._checkpoints = CheckpointSchedule(description)
        self._rank_diameter = rank_diameter(network.topology, network.placement)
        self._limits = limits
        self._finding: Finding | None = None

    def run(self, state: State) -> State:
        """Take all steps after ``state``; return the state after the last, or after the one that ends the run.

        Raises:
            Diverged: a state became NaN or infinite, or outgrew the start.
            Stopped: somebody has asked for it.
            KeyboardInterrupt: this process has been interrupted.
        """
        while not self._ended(state.step):
            self._request.check()
            self._watchdog.beat("step", state.step + 1)
            state = self._recovered(self._step(state))
            self._notify(state.step)
            logged = self._ended(state.step) or state.step % self._log_every == 0
            found = None
            if logged:
                with self._timeline.span("log", state.step):
                    found = self._log(state)
            stop = state.step >= self._notices.stop and not self._ended(state.step)
            saves = stop or self._due(state.step)
            if saves and not logged:
                found = self._agree(self._finding)
            if found is not None:
                state = self._begun_again(state, found)
                continue
            if saves:
                with self._timeline.span("checkpoint", state.step):
                    self._save(state)
            if stop:
                raise self._stopped(state.step)
        return state

    def _begun_again(self, state: State, found: Finding) -> State:
        """Return the start in this step, with shorter steps than those that have diverged.

        Raises:
            Diverged: steps are what settings say, or none is left.
        """
        again = self._assembly.begin_again(state) if state.step < self._steps else None
        if again is None or not self._logger.begin_again(state.step, found.cause):
            raise Diverged(found.text, everywhere=True)
        self._network.begin_again()
        self._finding, self._notices.stop = None, NEVER  # who was asked to stop gives notice once more
        return again

    def _stopped(self, step: int) -> Stopped:
        out_of_time = self._request.made is None and self._request.out_of_time
        return self._checkpoints.stopped(step, out_of_time=out_of_time)

    def _ended(self, step: int) -> bool:
        """Tell whether the run ends here: after all steps, or early.

        Where ranks do not log together, none stops on request: a notice of it is one of such an end.
        """
        early = self._logger.ending if self._logger.collective else step >= self._notices.stop
        return early or step == self._steps

    def _step(self, state: State) -> State:
        assembly, began = self._assembly, time.perf_counter()
        self._timeline.begin_step(state.step + 1, began)
        try:
            after = assembly.algorithm.step(state, self._network, assembly.oracles, assembly.sampler)
        except NotFinite as error:
            raise Diverged(self._limits.unsendable(error, state.step + 1)) from None
        ended = time.perf_counter()
        self._timer.wall += ended - began
        self._timeline.end_step(ended)
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

    def _log(self, state: State) -> Finding | None:
        """Log the state, unless it is not finite; return the reason why all ranks end or begin again now, if any."""
        self._watchdog.beat("the row of step", state.step)
        found = self._agree(self._finding or self._limits.outgrown(state))
        if found is None or found.logs:
            self._modelled.settle()
            self._logger.log(state, found)
        return found if self._logger.collective else None

    def _agree(self, own: Finding | None) -> Finding | None:
        """Return the finding of all ranks where they log together, else this one's."""
        return first_finding(self._network.ranks, own) if self._logger.collective else own

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
        asked = self._request.made is not None or self._request.out_of_time
        if asked and notices.stop == NEVER:
            notices.stop = ahead
        if self._logger.ending and notices.stop == NEVER:
            notices.stop = step + self._network.ranks.size - 1  # ways get longer where ranks fail
        if notices.save < step:
            notices.save = NEVER
        if self._network.ranks.rank == 0 and notices.save == NEVER and self._checkpoints.by_time:
            notices.save = ahead

    def _due(self, step: int) -> bool:
        """Tell whether a checkpoint is due: by steps, by a notice, or at the end of a run that keeps any."""
        if self._checkpoints.by_steps(step - 1, step):
            return True
        return step == self._notices.save or (self._ended(step) and self._checkpoints.asked)

    def _save(self, state: State) -> None:
        self._watchdog.beat("the checkpoint of step", state.step)
        self._modelled.settle()
        save(self._checkpoints.path, state, self._assembly, self._network, self._timer)
        self._checkpoints.saved()
