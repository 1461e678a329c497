"""A method that is tuned: the runs of its trials, and what is searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from p2pbo.algorithms import PARTS
from p2pbo.config import Description, merge
from p2pbo.config.sweep import FIELD_PATHS, SEED, Sweep, SweepPoint, nested
from p2pbo.config.value_lists import as_text, in_file_name
from p2pbo.errors import InputError
from p2pbo.registry import SettingSpecs
from p2pbo.runner.tuning.parameter import Parameter, Range

LOWEST, HIGHEST = 0.01, 10.0
"""The range of a step size that no space names, as multiples of the method's default."""

NOT_SEARCHED = ("algorithm", SEED, "steps", "out", "timeline")
"""The fields that are the same in all trials of a method: trials would be of unequal worth, or overwrite each other."""

_SECTION = "algorithm."


@dataclass(frozen=True)
class TunedMethod:
    """A method, with all that is given for its runs.

    Attributes:
        name: of the method, its study, and the beginning of its traces' names.
        point: the run that is tuned, but for its seed.
        seeds: over whose runs a trial averages.
        space: what is searched, by field.
    """

    name: str
    point: SweepPoint
    seeds: tuple[int, ...]
    space: Mapping[str, Parameter]

    def given(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is given for its runs with these values of the space."""
        return merge(self.point.given, nested(params))

    def runs(self, params: Mapping[str, Any]) -> list[Description]:
        """Return the runs of a trial, one for each seed.

        Raises:
            InputError: there is no such run.
        """
        given = self.given(params)
        return [Description.parse({**given, SEED: seed}).resolve() for seed in self.seeds]

    @property
    def steps(self) -> int:
        """The steps of a whole trial, over all its seeds."""
        return self.point.description.steps * len(self.seeds)

    @cached_property
    def record(self) -> dict[str, Any]:
        """What trials have in common, as JSON-able values: those of two records cannot be in one study."""
        run = {key: value for key, value in self.point.description.portable().items() if key != SEED}
        return {
            "run": run,
            "seeds": [*self.seeds],
            "space": {name: part.as_json() for name, part in self.space.items()},
        }

    def check(self) -> None:
        """Check the values at the ends of all ranges, and all choices.

        Raises:
            InputError: one is refused.
        """
        for field, parameter in self.space.items():
            for value in parameter.extremes:
                self.runs({field: value})


def tuned_methods(sweep: Sweep, space: Mapping[str, Parameter]) -> list[TunedMethod]:
    """Return the methods of a sweep, whose points differ in more than their seed, each with what is searched.

    That is what ``space`` names, where the method has it, and the step sizes that are neither there nor given.

    Raises:
        InputError: a method cannot be run, there is nothing to search, or a value in the space is refused.
    """
    for field in space:
        if field in NOT_SEARCHED:
            raise InputError(
                f"--space {field}", "cannot be searched", "it is the same in all trials; give it by its flag"
            )
    axes = {field: values for field, values in sweep.axes.items() if field != SEED}
    points = replace(sweep, axes=axes).points()
    methods = [_method(point, sweep.axes.get(SEED), space) for point in points]
    for field, parameter in space.items():
        if not any(field in method.space for method in methods):
            methods[0].runs({field: parameter.extremes[0]})  # refuses it, and says what there is
    for method in methods:
        if method.point.description.time_limit is not None:
            remedy = "use --steps, and --budget with --budget-unit wall for all trials together"
            raise InputError("--time-limit", "would stop a trial, which is begun anew", remedy)
        if not method.space:
            raise InputError(method.name, "has nothing to search", "name a field and a range with --space")
        method.check()
    return methods


def _method(point: SweepPoint, seeds: Sequence[Any] | None, space: Mapping[str, Parameter]) -> TunedMethod:
    run = point.description
    known = run.preset.settings(run.algorithm.settings)
    searched = {field: part for field, part in space.items() if _takes(field, known)}
    return TunedMethod(
        _name(point), point, tuple(seeds or [run.seed]), {**step_sizes(point, known), **searched}
    )


def _takes(field: str, known: SettingSpecs) -> bool:
    path = FIELD_PATHS.get(field, field)
    name = path.removeprefix(_SECTION).partition(".")[0]
    return not path.startswith(_SECTION) or name in known or name in PARTS


def step_sizes(point: SweepPoint, known: SettingSpecs) -> dict[str, Parameter]:
    """Return the ranges of the step sizes that the point's method has and that are not given."""
    run = point.description
    section = point.given.get("algorithm", {})
    given = section if isinstance(section, Mapping) else {}
    names = dict.fromkeys(name for v in "xyz" for name in run.preset.step_settings(v, run.algorithm.settings))
    found: dict[str, Parameter] = {}
    for name in names:
        default = run.algorithm.settings.get(name)
        if name in known and name not in given and isinstance(default, float) and default > 0:
            found[f"{_SECTION}{name}"] = Range(
                _rounded(LOWEST * default), _rounded(HIGHEST * default), log=True
            )
    return found


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


def _name(point: SweepPoint) -> str:
    """Return ``mdbo``, or with what else tells it from other methods: ``mdbo,codec=randk-0.1``."""
    parts = [
        f"{field.rpartition('.')[2]}={in_file_name(as_text(value))}"
        for field, value in point.settings.items()
        if field != "algorithm"
    ]
    return in_file_name(",".join([point.description.algorithm.name, *parts]), 120)
