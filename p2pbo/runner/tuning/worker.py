"""The loop of a process that tunes: it runs the trials that the studies propose, until all budgets are spent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

from p2pbo.runner.logging.logger import RowCallback
from p2pbo.runner.process.signals import Stopped
from p2pbo.runner.sweep.points import in_one_line
from p2pbo.runner.tuning.study import Ended, MethodStudy, Outcome
from p2pbo.trace import TraceRow

if TYPE_CHECKING:
    import optuna

TrialRunner = Callable[[MethodStudy, "optuna.Trial", RowCallback], Ended]
"""A function that runs a trial, calls back with its rows, and returns what became of it."""


class TuneListener(Protocol):
    """A listener that is told of the progress of a search."""

    def begin(self, study: MethodStudy, number: int) -> None:
        """Note that this trial comes next."""

    def show(self, row: TraceRow, steps: int) -> None:
        """Note that the trial has logged a row."""

    def end(self, study: MethodStudy, number: int, ended: Ended, seconds: float) -> None:
        """Note how the trial has ended."""


def work(studies: Sequence[MethodStudy], run: TrialRunner, listener: TuneListener) -> None:
    """Run trials, of the method that has spent least, until no study proposes any.

    Raises:
        Stopped: a trial has been asked to; its settings are tried again.
    """
    active = [*studies]
    while active:
        study = min(active, key=lambda study: study.spent)
        with study.proposal() as trial:
            if trial is None:
                active.remove(study)
                continue
            listener.begin(study, trial.number)
            began = perf_counter()
            try:
                ended = run(study, trial, listener.show)
            except Stopped:
                raise Stopped(f"stopped on request; p2pbo tune {study.folder.path} goes on") from None
            except (Exception, SystemExit) as error:
                ended = Ended(Outcome.FAILED, 0.0, problem=in_one_line(error))
            study.finish(trial, ended)
            listener.end(study, trial.number, ended, perf_counter() - began)
