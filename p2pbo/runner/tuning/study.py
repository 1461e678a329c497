"""The study of one method: it proposes settings while the budget lasts, and keeps what became of them.

A trial's outcome and what it has spent are user attributes of Optuna's trial. A trial that runs holds a lock, which
ends with its process: a running one without it has died, and its settings are tried again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from p2pbo.errors import InputError
from p2pbo.runner.tuning.folder import TuneFolder, trial_name
from p2pbo.runner.tuning.method import TunedMethod
from p2pbo.runner.tuning.objective import Budget, Objective
from p2pbo.runner.tuning.samplers import grid, make_pruner, make_sampler
from p2pbo.runner.tuning.search import Search

if TYPE_CHECKING:
    import optuna
    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial

OUTCOME, SPENT, ALLOWANCE, PROBLEM = "outcome", "spent", "allowance", "problem"
"""User attributes of trials: their outcome, cost, the most they may spend, and an error."""

TWIN, AGAIN = "answered_by", "again"
"""User attributes: the number of the trial that answers an equal one, and of the dead one that is tried again."""

RECORD = "record"
"""The user attribute of a study: what its trials have in common."""

MOST_FREE = 25
"""How many trials in a row may spend nothing (repeated, refused, failed) before a method ends."""

EPSILON = 1e-9
"""The rounding of sums of what has been spent."""

WAITING, RUNNING = "WAITING", "RUNNING"
"""Names of Optuna's states of trials that have not come to their end."""


class Outcome(StrEnum):
    """What became of a trial."""

    COMPLETE = "complete"
    PRUNED = "pruned"
    DIVERGED = "diverged"
    REPEATED = "repeated"
    REFUSED = "refused"
    FAILED = "failed"


RAN = (Outcome.COMPLETE, Outcome.PRUNED, Outcome.DIVERGED)
"""The outcomes that answer an equal proposal."""


@dataclass(frozen=True)
class Ended:
    """The end of a trial: its outcome, its value if it is complete, what it has spent, and the error that ended it."""

    outcome: Outcome
    spent: float
    value: float | None = None
    problem: str = ""


class MethodStudy:
    """The study of a method in a folder.

    Args:
        folder: of the search.
        storage: of the folder's studies.
        method: that is tuned.
        search: the sampler, the pruner and the metric.
        budget: of each method.

    Raises:
        InputError: the folder has a study of other trials under the method's name.
    """

    def __init__(
        self, folder: TuneFolder, storage: BaseStorage, method: TunedMethod, search: Search, budget: Budget
    ) -> None:
        import optuna

        self.folder, self.method, self.budget = folder, method, budget
        self.objective: Objective = search.objective
        self._sampler: str = search.settings["sampler"]
        record = {
            **method.record,
            **{name: search.settings[name] for name in ("metric", "budget_unit", "sampler", "pruner")},
        }
        with folder.locked("ask"):
            self.study = optuna.create_study(
                storage=storage,
                study_name=method.name,
                direction=self.objective.direction,
                pruner=make_pruner(search.settings["pruner"], method.point.description.steps),
                load_if_exists=True,
            )
            held = self.study.user_attrs.get(RECORD)
            if held is None:
                if self._sampler == "grid":
                    for params in grid(method):
                        self.study.enqueue_trial(params)
                self.study.set_user_attr(RECORD, record)
            elif held != record:
                other = ", ".join(name for name in record if held.get(name) != record[name])
                cause = f"has trials of {method.name} with another {other}"
                raise InputError(f"{folder.path}", cause, "choose another --out")

    def trials(self) -> list[FrozenTrial]:
        """Return all trials, in the order of their numbers."""
        return self.study.get_trials(deepcopy=False)

    def ended(self) -> list[FrozenTrial]:
        """Return the trials that have come to their end; not those that died."""
        return _ended(self.trials())

    @property
    def spent(self) -> float:
        """What its trials have spent."""
        return _spent(self.trials())

    @property
    def best(self) -> FrozenTrial | None:
        """The best complete trial; None: there is none."""
        complete = [
            (self.objective.rank(trial.value), trial)
            for trial in self.ended()
            if trial.user_attrs[OUTCOME] == Outcome.COMPLETE and trial.value is not None
        ]
        return min(complete, key=lambda ranked: ranked[0], default=(0.0, None))[1]

    @contextmanager
    def proposal(self) -> Iterator[optuna.Trial | None]:
        """Yield a new trial, which no other process has, to be finished inside; None: the method is at its end."""
        with ExitStack() as held:
            with self.folder.locked("ask"):
                self._retry_dead()
                trial = self._ask()
                if trial is not None:
                    held.enter_context(self.folder.locked(trial_name(self.method, trial.number)))
            yield trial

    def finish(self, trial: optuna.Trial, ended: Ended) -> None:
        """Keep what became of a trial."""
        from optuna.trial import TrialState

        trial.set_user_attr(SPENT, ended.spent)
        if ended.problem:
            trial.set_user_attr(PROBLEM, ended.problem)
        trial.set_user_attr(OUTCOME, ended.outcome)
        if ended.value is not None:
            self.study.tell(trial, ended.value)
        else:  # the sampler takes a pruned trial for a poor one, and would not see a failed one
            self.study.tell(trial, state=TrialState.PRUNED)

    def _ask(self) -> optuna.Trial | None:
        while True:
            trials = self.trials()
            allowance = self.budget.amount - _spent(trials) - self._reserved(trials)
            waiting = any(trial.state.name == WAITING for trial in trials)
            if allowance < max(self._whole(trials), EPSILON) - EPSILON or _finds_nothing(trials):
                return None
            if self._sampler == "grid" and not waiting:
                return None
            begun = sum(
                AGAIN not in trial.user_attrs and self._settings(trial) is not None
                for trial in trials
                if trial.state.name != WAITING
            )
            self.study.sampler = make_sampler(self._sampler, self.method, begun)
            trial = self.study.ask({field: part.distribution() for field, part in self.method.space.items()})
            twin = _twin(trials, trial.params)
            if twin is None:
                trial.set_user_attr(ALLOWANCE, allowance)
                return trial
            known = twin.user_attrs.get(OUTCOME) == Outcome.COMPLETE
            trial.set_user_attr(TWIN, twin.number)
            self.finish(trial, Ended(Outcome.REPEATED, 0.0, twin.value if known else None))

    def _whole(self, trials: Sequence[FrozenTrial]) -> float:
        """Return what a whole trial spends; where that is not known before, the most that one has spent."""
        if self.budget.unit == "iterations":
            return self.method.steps
        return max((trial.user_attrs[SPENT] for trial in _ended(trials)), default=0.0)

    def _reserved(self, trials: Sequence[FrozenTrial]) -> float:
        return self._whole(trials) * sum(trial.state.name == RUNNING for trial in trials)

    def _retry_dead(self) -> None:
        """Try settings again whose process has died; what it had spent bought nothing and is not counted.

        One that died before it had all its settings has run nothing, and has nothing to try again.
        """
        from optuna.trial import TrialState

        for trial in self.trials():
            if trial.state.name == RUNNING and not self.folder.is_running(self.method, trial.number):
                self.study.tell(trial.number, state=TrialState.FAIL)
                self.folder.remove_traces(self.method, trial.number)
                settings = self._settings(trial)
                if settings is not None:
                    self.study.enqueue_trial(settings, user_attrs={AGAIN: trial.number})

    def _settings(self, trial: FrozenTrial) -> dict[str, Any] | None:
        """Return the settings of a trial; None: its process died before it had them all."""
        settings = {**trial.system_attrs.get("fixed_params", {}), **trial.params}
        return settings if settings.keys() == self.method.space.keys() else None


def _ended(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    return [trial for trial in trials if trial.state.is_finished() and trial.state.name != "FAIL"]


def _spent(trials: Sequence[FrozenTrial]) -> float:
    return float(sum(trial.user_attrs[SPENT] for trial in _ended(trials)))


def _finds_nothing(trials: Sequence[FrozenTrial]) -> bool:
    last = [trial.user_attrs[SPENT] for trial in _ended(trials)][-MOST_FREE:]
    return len(last) == MOST_FREE and not any(last)


def _twin(trials: Sequence[FrozenTrial], params: dict[str, Any]) -> FrozenTrial | None:
    """Return the first trial that has run, or runs, with the same settings."""
    for trial in trials:
        ran = bool(_ended([trial])) and trial.user_attrs[OUTCOME] in RAN
        if (ran or trial.state.name == RUNNING) and trial.params == params:
            return trial
    return None
