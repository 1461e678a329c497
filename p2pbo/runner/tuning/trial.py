"""One trial: the runs of its seeds, watched row by row, and what became of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from p2pbo.config import Description
from p2pbo.errors import InputError, notices_if
from p2pbo.network import Ranks
from p2pbo.runner.assembly import UserObjects
from p2pbo.runner.execution import execute
from p2pbo.runner.logging.logger import RowCallback
from p2pbo.runner.process.abort import abort_on_error
from p2pbo.runner.process.exit_codes import Diverged
from p2pbo.runner.tuning.method import TunedMethod
from p2pbo.runner.tuning.objective import Budget, Objective
from p2pbo.runner.tuning.study import ALLOWANCE, Ended, MethodStudy, Outcome
from p2pbo.trace import Trace, TraceRow

if TYPE_CHECKING:
    import optuna
    from mpi4py import MPI


START = TraceRow(0, {}, {})
"""The start of a run, which has spent nothing."""


class TrialWatch:
    """The rows of a trial: it counts what they cost, and ends runs that are pruned or exceed the budget.

    The pruner sees the first seed's run only: the other seeds are run where that has come to its end.

    Args:
        study: of the trial's method.
        trial: Optuna's.
        show: is called with each row, too.

    Attributes:
        rows: the last row of each run so far.
        stopped: whether the trial is ended early.
    """

    def __init__(self, study: MethodStudy, trial: optuna.Trial, show: RowCallback | None) -> None:
        self._objective, self._budget, self._trial, self._show = study.objective, study.budget, trial, show
        self._allowance: float = trial.user_attrs[ALLOWANCE]
        self.rows: list[TraceRow] = []
        self.stopped = False

    def begin_run(self) -> None:
        """Note that the next run begins."""
        self.rows.append(START)

    def __call__(self, row: TraceRow, steps: int) -> bool:
        """Note a row; tell whether the run ends with it."""
        self.rows[-1] = row
        if self._show is not None:
            self._show(row, steps)
        if row.step:
            first = len(self.rows) == 1
            if first:
                self._trial.report(self._objective.value(row), row.step)
            if row.step < steps:
                self.stopped = self.spent > self._allowance or (first and self._trial.should_prune())
        return self.stopped

    @property
    def spent(self) -> float:
        """What the trial has spent so far."""
        return spent(self._budget, self.rows)

    def ended(self) -> Ended:
        """Return what became of the trial, whose runs have all ended or whose last is ended early."""
        value = float(np.mean([self._objective.value(row) for row in self.rows]))
        if self.stopped:
            return Ended(Outcome.PRUNED, self.spent)
        if not math.isfinite(value):
            return Ended(Outcome.DIVERGED, self.spent)
        return Ended(Outcome.COMPLETE, self.spent, value)


def spent(budget: Budget, rows: Sequence[TraceRow]) -> float:
    """Return what runs have spent up to these rows, one of each run."""
    return sum((budget.spent(row) for row in rows if row.step), 0.0)


def diverged(study: MethodStudy, trial: optuna.Trial, rows: Sequence[TraceRow], problem: str) -> Ended:
    """Return the end of a trial whose last run has diverged, from the last sound row of each run.

    In iterations it is counted up to the row that it would have logged next, else up to that sound row.
    """
    *whole, last = rows
    if study.budget.unit != "iterations":
        return Ended(Outcome.DIVERGED, spent(study.budget, rows), problem=problem)
    run = study.method.runs(trial.params)[len(whole)]
    steps = min(last.step + run.log_every, run.steps)
    return Ended(Outcome.DIVERGED, spent(study.budget, whole) + steps, problem=problem)


def run_trial(
    study: MethodStudy,
    trial: optuna.Trial,
    show: RowCallback | None = None,
    comm: MPI.Intracomm | None = None,
) -> Ended:
    """Run a trial on the ranks of ``comm`` (None: in this process); return what became of it (on rank 0).

    Raises:
        Stopped: the process has been asked to.
    """
    watch = TrialWatch(study, trial, show)
    with abort_on_error(comm):
        ranks = Ranks(comm)
        try:
            for run in _with_files(study, trial):
                watch.begin_run()
                _execute(run, comm, watch)
                if ranks.broadcast(np.array([watch.stopped])).any():
                    break
        except Diverged as error:
            return diverged(study, trial, watch.rows, str(error))
        except InputError as error:
            return Ended(Outcome.REFUSED, watch.spent, problem=str(error))
        finally:
            ranks.close()
        return watch.ended() if ranks.rank == 0 else Ended(Outcome.COMPLETE, 0.0)


def _with_files(study: MethodStudy, trial: optuna.Trial) -> Iterator[Description]:
    """Yield the runs of a trial, each with its trace's file."""
    paths = study.folder.traces(study.method, trial.number)
    for run, path in zip(study.method.runs(trial.params), paths, strict=True):
        yield run.model_copy(update={"out": str(path)})


def _execute(run: Description, comm: MPI.Intracomm | None, on_row: RowCallback) -> Trace | None:
    with notices_if(False):  # all trials would say the same
        return execute(lambda: run, UserObjects(), comm, on_row)


def first_row(run: Description) -> TraceRow:
    """Return the row of the start of a run, before its first step.

    Raises:
        InputError: the run cannot start.
    """
    alone = run.model_copy(update={"out": None, "timeline": None, "checkpoint_every": None})
    trace = _execute(alone, None, lambda row, steps: True)
    assert trace is not None and trace.last is not None  # there is one rank, which has logged the start
    return trace.last


def check_rows(method: TunedMethod, objective: Objective, budget: Budget) -> None:
    """Check that a method's run can start, and that its rows tell the metric and what it spends.

    Raises:
        InputError: it cannot, or they do not.
    """
    row = first_row(method.runs({})[0])
    objective.check(row, method.name)
    budget.spent(row)
