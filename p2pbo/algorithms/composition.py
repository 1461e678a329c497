"""Descriptions of algorithms that are composed: the names of their parts, and the paper's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from p2pbo.algorithms.composed_algorithm import ComposedAlgorithm, Rule
from p2pbo.algorithms.notation import GAO_NOTATION, Notation
from p2pbo.algorithms.parts import ESTIMATORS, HYPERGRADIENTS, MIXINGS
from p2pbo.algorithms.per_variable import PerVariable, resolve, shorten
from p2pbo.algorithms.projection import Radius, no_projection, projection
from p2pbo.algorithms.run_context import RunContext
from p2pbo.algorithms.sampling import BatchSize, size_of
from p2pbo.algorithms.schedules import SCHEDULES
from p2pbo.errors import InputError
from p2pbo.registry import Entry, Registry, SettingSpecs, check_settings, settings_of

PARTS: Mapping[str, Registry[Any]] = {
    "hypergradient": HYPERGRADIENTS,
    "estimator": ESTIMATORS,
    "mixing": MIXINGS,
    "schedule": SCHEDULES,
}
"""The kinds of parts by name; all but the hypergradient may differ from variable to variable."""

PER_VARIABLE = ("estimator", "mixing", "schedule")


@dataclass(frozen=True)
class ChosenParts:
    """The parts of an algorithm, looked up: one hypergradient, and one of the other kinds for each variable."""

    hypergradient: Entry[Any]
    chosen: Mapping[str, PerVariable]

    @classmethod
    def of(cls, preset: Mapping[str, Any], given: Mapping[str, Any]) -> ChosenParts:
        """Return the preset's parts with the given ones in their places.

        Raises:
            InputError: a part is unknown, or given for a variable that the hypergradient does not have.
        """
        named = given.get("hypergradient", preset["hypergradient"])
        if not isinstance(named, str):
            choices = ", ".join(HYPERGRADIENTS)
            raise InputError(f"hypergradient {named!r}", "is no name", f"choose from {choices}")
        hypergradient = HYPERGRADIENTS[named]
        variables = hypergradient.make.variables  # type: ignore[attr-defined]
        chosen = {
            part: resolve(PARTS[part], variables, preset[part], given.get(part, {})) for part in PER_VARIABLE
        }
        return cls(hypergradient, chosen)

    @property
    def variables(self) -> str:
        """The names of the variables: xy or xyz."""
        return "".join(self.chosen["mixing"])

    def names(self) -> dict[str, Any]:
        """Return the names of the parts as a description gives them."""
        return {
            "hypergradient": self.hypergradient.name,
            **{part: shorten(choice) for part, choice in self.chosen.items()},
        }

    def classes(self, variable: str) -> tuple[Any, Any]:
        """Return the classes (estimator, mixing) of a variable."""
        estimator, mixing = (self.chosen[part][variable] for part in ("estimator", "mixing"))
        return ESTIMATORS[estimator].make, MIXINGS[mixing].make


@dataclass(frozen=True)
class Composition:
    """A preset that names its parts; ``defaults`` are the paper's settings, others keep those of their parts.

    A part is a name, or one name per variable: ``mixing={"x": "tracking", "y": "gossip", "z": "gossip"}``.
    """

    hypergradient: str
    estimator: str | Mapping[str, str]
    mixing: str | Mapping[str, str]
    paper: str
    defaults: Mapping[str, Any] = field(default_factory=dict)
    notation: Notation = GAO_NOTATION
    schedule: str = "constant"
    variant: None = None

    def check(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return every setting by name, and the names of the parts; given parts replace the preset's.

        Raises:
            InputError: a part or setting is unknown, or a value is refused.
        """
        parts = self._parts(given)
        rest = {key: value for key, value in given.items() if key not in PARTS}
        return {**parts.names(), **check_settings(f"algorithm {name}", self._parameters(parts), rest)}

    def step_settings(self, variable: str) -> tuple[str, ...]:
        """Return the names of the settings that make the step size of a variable."""
        return self.notation.step_settings(variable)

    def assemble(self, settings: Mapping[str, Any], context: RunContext) -> ComposedAlgorithm:
        """Return the algorithm for one run, from settings that :meth:`check` returned.

        Raises:
            InputError: the settings do not fit the problem.
        """
        parts = self._parts(settings)
        entry = parts.hypergradient
        hypergradient = entry.make(context.problem, **{name: settings[name] for name in entry.settings()})
        rules = [self._rule(parts, variable, settings, context) for variable in parts.variables]
        batch = settings["batch"]
        return ComposedAlgorithm(
            hypergradient, rules, size_of(batch), size_of(settings.get("first_batch", batch))
        )

    def _rule(
        self, parts: ChosenParts, variable: str, settings: Mapping[str, Any], context: RunContext
    ) -> Rule:
        estimator, mixing = parts.classes(variable)
        bounded = variable == "z" and "radius" in settings
        project = projection(settings["radius"], context.problem) if bounded else no_projection
        own = {name: settings[name] for name in settings_of(mixing)}
        return Rule(
            self.notation.estimator(variable, estimator, settings),
            mixing(project, settings["eta"], **own) if mixing.relaxed else mixing(project, **own),
            self.notation.step(variable, mixing, settings),
            SCHEDULES.make(parts.chosen["schedule"][variable], context.steps),
        )

    def _parts(self, given: Mapping[str, Any]) -> ChosenParts:
        return ChosenParts.of({part: getattr(self, part) for part in PARTS}, given)

    def _parameters(self, parts: ChosenParts) -> SettingSpecs:
        found: dict[str, tuple[Any, Any]] = {"batch": (BatchSize, "all"), **parts.hypergradient.settings()}
        for variable in parts.variables:
            estimator, mixing = parts.classes(variable)
            found |= {**self.notation.parameters(variable, estimator, mixing), **settings_of(mixing)}
            if estimator.looks_back:
                found["first_batch"] = (BatchSize, "all")
            if variable == "z" and mixing.projects:
                found["radius"] = (Radius, "auto")
        stems = list(dict.fromkeys(name.rstrip("123") for name in found))  # alpha1, alpha2 … side by side
        return {
            name: (found[name][0], self.defaults.get(name, found[name][1]))
            for name in sorted(found, key=lambda name: stems.index(name.rstrip("123")))
        }
