"""Descriptions of algorithms that are composed: the names of their parts, and the paper's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from p2pbo.algorithms.composed_algorithm import ComposedAlgorithm, Rule
from p2pbo.algorithms.limit_point import LimitPoint
from p2pbo.algorithms.lower_levels import check_mixings, mixing_x
from p2pbo.algorithms.notation import GAO_NOTATION, Notation, factor_name
from p2pbo.algorithms.parts import ESTIMATORS, HYPERGRADIENTS, MIXINGS, Hypergradient, Mixing
from p2pbo.algorithms.per_variable import AMPLIFIED, PerVariable, resolve, shorten
from p2pbo.algorithms.projection import Projection, Radius, no_projection, onto_ball, onto_bounds
from p2pbo.algorithms.run_context import RunContext
from p2pbo.algorithms.sampling import SAME, SIDE_SETTINGS, BatchSize, SideBatchSize, batch_sizes, size_of
from p2pbo.algorithms.schedules import SCHEDULES, measures
from p2pbo.algorithms.step_rules import MeasuredMixing, StepRule, check_measured
from p2pbo.errors import InputError
from p2pbo.problems import LowerLevel
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
        kind = _class_of(hypergradient)
        chosen = {
            part: resolve(PARTS[part], kind.variables, preset[part], given.get(part, {}), kind.moves_as)
            for part in PER_VARIABLE
        }
        return cls(hypergradient, chosen)

    @property
    def variables(self) -> str:
        """The names of the variables: xy, xyz or xyu."""
        return "".join(self.chosen["mixing"])

    @property
    def moves_as(self) -> Mapping[str, str]:
        """The variables that move as another one does, by name."""
        return _class_of(self.hypergradient).moves_as

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

    def measured(self, variable: str) -> bool:
        """Tell whether a step rule finds the steps of a variable, rather than a schedule."""
        named = self.chosen["schedule"].get(variable)
        return named is not None and measures(named)

    def check_measured(self) -> None:
        """Check that every variable whose steps are measured can take them.

        Raises:
            InputError: one cannot.
        """
        for variable in filter(self.measured, self.variables):
            check_measured(
                variable,
                {part: self.chosen[part][variable] for part in ("schedule", "mixing")},
                self.classes(variable)[1],
                self.moves_as,
            )


def _check_shared_batches(moves_as: Mapping[str, str], given: Mapping[str, Any]) -> None:
    """Refuse batches of a variable's own where it moves as another one does."""
    apart = given["batch"] if isinstance(given.get("batch"), Mapping) else {}
    for follower, leader in moves_as.items():
        for variable in (follower, leader):
            if variable in apart or f"batch_{variable}" in given:
                other = leader if variable == follower else follower
                cause = f"would give it other rows than {other}, and {AMPLIFIED}"
                remedy = "set batch, or batch_lower, the rows of both"
                raise InputError(f"the batch of {variable}", cause, remedy)


def _projection(variable: str, settings: Mapping[str, Any], context: RunContext) -> Projection:
    """Return Π of a variable: onto the bounds of x, onto the ball that z stays in, where there is one."""
    if variable == "x":
        return onto_bounds(context.problem)
    if variable == "z" and "radius" in settings:
        return onto_ball(settings["radius"], context.problem)
    return no_projection


def _check_keeps_bounds(name: str, mixing: type[Mixing], settings: Mapping[str, Any]) -> None:
    """Check that a mixing of x, called ``name``, can keep x within bounds.

    Raises:
        InputError: it has no place for a projection, or goes beyond where this leads.
    """
    if not mixing.projects:
        cause = "remembers what mixing has changed, which a projection onto the bounds of x would break"
        remedy = "take another for x, such as --set algorithm.mixing.x=tracking, or leave out the bounds"
        raise InputError(f"mixing {name}", cause, remedy)
    if mixing.relaxed and settings["eta"] > 1:
        cause = f"takes x beyond its bounds: mixing {name} goes the share η of the way to a point within them"
        raise InputError(f"eta = {settings['eta']:g}", cause, "use eta ≤ 1")


def _class_of(entry: Entry[Any]) -> type[Hypergradient]:
    return entry.make  # type: ignore[return-value]  # a registry knows it as a function


@dataclass(frozen=True)
class Composition:
    """A preset that names its parts; ``defaults`` are the paper's settings, others keep those of their parts.

    Its ``limit_point`` is where it ends with these parts; None: that is not known.

    A part is a name, or one name per variable: ``mixing={"x": "tracking", "y": "gossip", "z": "gossip"}``.
    ``lower_level`` is the lower level that they are for.

    Settings:
        batch: rows that a node draws for a batch; all: all of them, so that nothing is drawn.
        batch_upper, batch_lower: the same for the upper and for the lower loss alone; batch: as for both.
        first_batch: the same in the first step, and wherever else estimates start anew.
        radius: ρ, the radius of the ball that z stays in; auto: c_fy/μ where the problem knows both, else
            none; off: none.
        scheduled_weights: whether weights of new directions fall with the schedule, too: in proportion to the step
            with momentum, to its square with STORM, as in SUSTAIN and MRBO; each follows the step before.
    """

    hypergradient: str
    estimator: str | Mapping[str, str]
    mixing: str | Mapping[str, str]
    paper: str
    defaults: Mapping[str, Any] = field(default_factory=dict)
    notation: Notation = GAO_NOTATION
    schedule: str = "constant"
    variant: None = None
    limit_point: LimitPoint | None = None
    lower_level: LowerLevel = "shared"

    def on(self, name: str, lower_level: LowerLevel) -> Composition:
        """Return the composition for a lower level: on one of each node's own x alone is mixed.

        Raises:
            InputError: its parts are for a lower level of each node's own, and this one is shared.
        """
        if lower_level == self.lower_level:
            return self
        if lower_level == "shared":
            cause = "is for problems whose nodes have each a lower level of their own, and this one is shared"
            raise InputError(f"algorithm {name}", cause, "use --lower-level local, or another algorithm")
        of_x = self.mixing if isinstance(self.mixing, str) else self.mixing["x"]
        return replace(self, lower_level=lower_level, mixing=mixing_x(of_x), limit_point=None)

    def check(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return every setting by name, and the names of the parts; given parts replace the preset's.

        Raises:
            InputError: a part or setting is unknown, or a value is refused.
        """
        parts = self._parts(given)
        check_mixings(parts.chosen["mixing"], self.lower_level)
        parts.check_measured()
        rest = {key: value for key, value in given.items() if key not in PARTS}
        self._check_shared_steps(parts, rest)
        _check_shared_batches(parts.moves_as, rest)
        return {**parts.names(), **check_settings(f"algorithm {name}", self._settings(parts), rest)}

    def settings(self, given: Mapping[str, Any]) -> SettingSpecs:
        """Return the settings that it has with the given parts in the places of its own.

        Raises:
            InputError: a part is unknown, or given for a variable that the hypergradient does not have.
        """
        return self._settings(self._parts(given))

    def asynchronous(self, given: Mapping[str, Any]) -> bool:
        """Tell whether a mixing, with the given parts in the places of its own, has no rounds."""
        parts = self._parts(given)
        return any(parts.classes(variable)[1].asynchronous for variable in parts.variables)

    def step_settings(self, variable: str, given: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names of the settings that make the step size of a variable with the given parts."""
        measured = self._parts(given).measured(variable)
        return (factor_name(variable),) if measured else self.notation.step_settings(variable)

    def assemble(self, settings: Mapping[str, Any], context: RunContext) -> ComposedAlgorithm:
        """Return the algorithm for one run, from settings that :meth:`check` returned.

        Raises:
            InputError: the settings do not fit the problem or the precision of the run.
        """
        parts = self._parts(settings)
        entry = parts.hypergradient
        hypergradient = entry.make(context.problem, **{name: settings[name] for name in entry.settings()})
        hypergradient.check_precision(context.dtype)
        rules = [self._rule(parts, variable, settings, context) for variable in parts.variables]
        batch = batch_sizes(settings)
        return ComposedAlgorithm(hypergradient, rules, batch, size_of(settings.get("first_batch", batch)))

    def _check_shared_steps(self, parts: ChosenParts, given: Mapping[str, Any]) -> None:
        """Refuse a step size that would be the third variable's own where it moves as another one does."""
        for follower, leader in parts.moves_as.items():
            shared = self.notation.step_settings(leader)
            for name in set(self.notation.step_settings("z")) - set(shared):
                if name in given:
                    cause = f"would move {follower} by a step unlike {leader}'s, and {AMPLIFIED}"
                    raise InputError(f"{name} = {given[name]}", cause, f"set {shared[-1]}, the step of both")

    def _rule(
        self, parts: ChosenParts, variable: str, settings: Mapping[str, Any], context: RunContext
    ) -> Rule:
        estimator, mixing = parts.classes(variable)
        if variable == "x" and context.problem.bounds is not None:
            _check_keeps_bounds(parts.chosen["mixing"]["x"], mixing, settings)
        project = _projection(variable, settings, context)
        own = {name: settings[name] for name in settings_of(mixing)}
        schedule = SCHEDULES.make(parts.chosen["schedule"][variable], context.steps)
        rule = partial(Rule, self.notation.estimator(variable, estimator, settings))
        if isinstance(schedule, StepRule):
            measured = MeasuredMixing(mixing=mixing(project, **own), rule=schedule, variable=variable)
            return rule(measured, settings[factor_name(variable)])
        return rule(
            mixing(project, settings["eta"], **own) if mixing.relaxed else mixing(project, **own),
            self.notation.step(variable, mixing, settings),
            schedule,
            weight_power=estimator.order if settings.get("scheduled_weights") else 0,
        )

    def _parts(self, given: Mapping[str, Any]) -> ChosenParts:
        return ChosenParts.of({part: getattr(self, part) for part in PARTS}, given)

    def _settings(self, parts: ChosenParts) -> SettingSpecs:
        found: dict[str, tuple[Any, Any]] = {
            "batch": (BatchSize, "all"),
            **dict.fromkeys(SIDE_SETTINGS, (SideBatchSize, SAME)),
            **parts.hypergradient.settings(),
        }
        for variable in parts.variables:
            estimator, mixing = parts.classes(variable)
            measured = parts.measured(variable)
            found |= self.notation.parameters(variable, estimator, mixing, measured)
            found |= {**settings_of(estimator), **settings_of(mixing)}
            if estimator.looks_back:
                found["first_batch"] = (BatchSize, "all")
            if estimator.order and not measured:
                found["scheduled_weights"] = (bool, False)
            if variable == "z" and mixing.projects:
                found["radius"] = (Radius, "auto")
        stems = list(dict.fromkeys(name.rstrip("123") for name in found))  # alpha1, alpha2 … side by side
        return {
            name: (found[name][0], self.defaults.get(name, found[name][1]))
            for name in sorted(found, key=lambda name: stems.index(name.rstrip("123")))
        }
