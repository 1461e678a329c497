"""Descriptions of algorithms that are classes of their own: they loop inside a step, as their listings do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from p2pbo.algorithms.algorithm import Algorithm
from p2pbo.algorithms.composition import PARTS
from p2pbo.algorithms.notation import HE_NOTATION
from p2pbo.algorithms.run_context import RunContext
from p2pbo.algorithms.submodels import POLICIES, Submodels
from p2pbo.errors import InputError
from p2pbo.registry import Entry, SettingSpecs, check_settings, settings_of


@dataclass(frozen=True)
class CustomAlgorithm:
    """A preset that names a class ``(problem, *parts, /, *, settings)``; settings of parts become its own.

    Attributes:
        make: the class.
        paper: author, year and number of the listing.
        hypergradient: the default one; any other that carries no variable may take its place. None: it has none.
        masks: the default policy by which nodes choose submodels; any other may take its place. None: it has none.
        variant: the variant of the problem that it trains; None: the problem itself.
        defaults: the paper's settings, where they are not the parts' own.
    """

    make: Callable[..., Algorithm]
    paper: str
    hypergradient: str | None = None
    masks: str | None = None
    variant: str | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def check(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return every setting by name, and the names of the parts; given parts replace the preset's.

        Raises:
            InputError: a part or setting is unknown, or a value is refused.
        """
        for part in PARTS:
            if part in given and getattr(self, part, None) is None:
                cause = f"is a listing of its own and has no {part} to replace"
                raise InputError(f"algorithm {name}", cause, f"leave {part} out, or choose another algorithm")
        parts = self._parts(given)
        names = {part: entry.name for part, entry in parts.items()}
        rest = {key: value for key, value in given.items() if key not in names}
        return {**names, **check_settings(f"algorithm {name}", self._parameters(parts), rest)}

    def step_settings(self, variable: str) -> tuple[str, ...]:
        """Return the name of the setting that makes the step size of a variable."""
        return HE_NOTATION.step_settings(variable)

    def assemble(self, settings: Mapping[str, Any], context: RunContext) -> Algorithm:
        """Return the algorithm for one run, from settings that :meth:`check` returned.

        Raises:
            InputError: the settings do not fit the problem.
        """
        made: list[Any] = []
        parts = self._parts(settings)
        if "hypergradient" in parts:
            entry = parts["hypergradient"]
            made.append(entry.make(context.problem, **_of(entry.settings(), settings)))
        if "masks" in parts:
            policy = parts["masks"].make(**_of(parts["masks"].settings(), settings))
            made.append(Submodels(context, policy, **_of(settings_of(Submodels), settings)))
        return self.make(context.problem, *made, **_of(settings_of(self.make), settings))

    def _parts(self, given: Mapping[str, Any]) -> dict[str, Entry[Any]]:
        found: dict[str, Entry[Any]] = {}
        for part, registry in (("hypergradient", PARTS["hypergradient"]), ("masks", POLICIES)):
            usual = getattr(self, part)
            if usual is not None:
                found[part] = registry[given.get(part, usual)]
        entry: Entry[Any] | None = found.get("hypergradient")
        if entry is not None and entry.make.variables != "xy":  # type: ignore[attr-defined]
            cause = "carries a variable of its own, which this listing does not"
            raise InputError(f"hypergradient {entry.name}", cause, f"use {self.hypergradient}")
        return found

    def _parameters(self, parts: Mapping[str, Entry[Any]]) -> SettingSpecs:
        of_parts = [entry.settings() for entry in parts.values()]
        if "masks" in parts:
            of_parts.append(settings_of(Submodels))
        found: dict[str, tuple[Any, Any]] = {}
        for parameters in (*of_parts, settings_of(self.make)):
            found |= parameters
        return {name: (kind, self.defaults.get(name, usual)) for name, (kind, usual) in found.items()}


def _of(parameters: SettingSpecs, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: settings[name] for name in parameters}
