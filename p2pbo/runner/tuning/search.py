"""A search as it is asked for: the methods, what is searched, by which sampler, pruner and metric, and the budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from p2pbo.algorithms.parts import Positive
from p2pbo.config.sweep import Sweep, by_field
from p2pbo.errors import InputError
from p2pbo.registry import SettingSpecs, check_settings
from p2pbo.runner.tuning.method import TunedMethod, tuned_methods
from p2pbo.runner.tuning.objective import Budget, Objective
from p2pbo.runner.tuning.parameter import Parameter, parse_parameter
from p2pbo.runner.tuning.samplers import PRUNERS, SAMPLERS, grid

SPACE, TABLE = "space", "tune"

TRIALS = 40
"""How many whole trials a method may spend that is given no budget."""

SETTINGS: SettingSpecs = {
    "metric": (str, "upper_loss"),
    "budget": (Positive | None, None),
    "budget_unit": (str, "iterations"),
    "sampler": (Literal[*SAMPLERS], "tpe"),
    "pruner": (Literal[*PRUNERS], "median"),
}
"""What is in the table [tune] of a file, and has a flag."""


@dataclass(frozen=True)
class Search:
    """A search as it is asked for.

    Attributes:
        sweep: its points, but for their seeds, are the methods; the seeds are those of a trial.
        space: what is searched, by field.
        settings: the others, by the names of their flags.
    """

    sweep: Sweep
    space: Mapping[str, Parameter]
    settings: Mapping[str, Any]

    @classmethod
    def from_file(cls, path: Path) -> Search:
        """Return the search of a TOML file: a run's or a sweep's with the tables [space] and [tune].

        Raises:
            InputError: the file cannot be read, or a table holds something else.
        """
        sweep = Sweep.from_file(path)
        base = {key: value for key, value in sweep.base.items() if key not in (SPACE, TABLE)}
        space, settings = (_table(path, name, sweep.base.get(name, {})) for name in (SPACE, TABLE))
        return cls(
            replace(sweep, base=base),
            {field: parse_parameter(f"{path}: {SPACE}.{field}", value) for field, value in by_field(space)},
            check_settings(f"{path}: {TABLE}", SETTINGS, settings),
        )

    @classmethod
    def from_json(cls, subject: str, values: Mapping[str, Any]) -> Search:
        """Return the search that ``as_json`` gave as these values.

        Raises:
            InputError: these values are not of that form; names ``subject``.
        """
        sweep, space, settings = (values.get(name) for name in ("sweep", SPACE, TABLE))
        if not all(isinstance(part, Mapping) for part in (sweep, space, settings)):
            raise InputError(
                subject, "is no search of sweep, space and tune", "start it with its own file or flags again"
            )
        assert sweep is not None and space is not None and settings is not None
        parameters = {field: parse_parameter(f"{subject}: {field}", value) for field, value in space.items()}
        return cls(Sweep.from_json(subject, sweep), parameters, check_settings(subject, SETTINGS, settings))

    def as_json(self) -> dict[str, Any]:
        """Return ``sweep``, ``space`` and ``tune`` as JSON-able values."""
        space = {field: parameter.as_json() for field, parameter in self.space.items()}
        return {"sweep": self.sweep.as_json(), SPACE: space, TABLE: dict(self.settings)}

    def over(
        self, axes: Mapping[str, list[Any]], space: Mapping[str, Parameter], settings: Mapping[str, Any]
    ) -> Search:
        """Return this search with flags laid over it.

        Raises:
            InputError: a setting is refused.
        """
        checked = check_settings("p2pbo tune", SETTINGS, {**self.settings, **settings})
        return Search(self.sweep.over(axes), {**self.space, **space}, checked)

    @property
    def objective(self) -> Objective:
        """What trials are judged by."""
        return Objective(self.settings["metric"])

    def methods(self) -> list[TunedMethod]:
        """Return the methods.

        Raises:
            InputError: one cannot be run, there is nothing to search, or a value of the space is refused.
        """
        return tuned_methods(self.sweep, self.space)

    def check_grid(self, method: TunedMethod) -> None:
        """Check that a grid, if that is the sampler, has choices only.

        Raises:
            InputError: a method has a range.
        """
        if self.settings["sampler"] == "grid":
            grid(method)

    def budget(self, methods: Sequence[TunedMethod]) -> Budget:
        """Return what each method may spend.

        Raises:
            InputError: it is not given, and trials count something else than iterations, or it is less than a trial.
        """
        unit, whole = self.settings["budget_unit"], max(method.steps for method in methods)
        amount = self.settings["budget"]
        if amount is None and unit != "iterations":
            raise InputError(f"--budget-unit {unit}", "has no amount beside it", "give --budget AMOUNT")
        if unit == "iterations" and amount is not None and amount < whole:
            cause = f"is less than the {whole} steps of one trial"
            raise InputError(f"--budget {amount:g}", cause, f"give {TRIALS * whole} for {TRIALS} trials")
        return Budget(TRIALS * whole if amount is None else amount, unit)


def _table(path: Path, name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InputError(f"{path}: {name}", "is no table", f"write [{name}] above its values")
    return value
