"""Descriptions of algorithms that are classes of their own: they loop inside a step, as their listings do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from p2pbo.algorithms.algorithm import Algorithm
from p2pbo.algorithms.composition import PARTS
from p2pbo.algorithms.limit_point import LimitPoint
from p2pbo.algorithms.notation import HE_NOTATION
from p2pbo.algorithms.run_context import RunContext
from p2pbo.algorithms.sampling import SAME, SIDE_SETTINGS, SideBatchSize, batch_sizes
from p2pbo.algorithms.submodels import POLICIES, Submodels
from p2pbo.errors import InputError
from p2pbo.problems import LowerLevel
from p2pbo.problems.node_data import BatchSizes
from p2pbo.registry import Entry, SettingSpecs, check_settings, settings_of


@dataclass(frozen=True)
class CustomAlgorithm:
    """A preset that names a class ``(problem, *parts, /, *, settings)``; settings of parts become its own.

    Where the class has a setting ``batch``, sizes for the two losses are settings, too: it then gets a
    :class:`~p2pbo.problems.node_data.BatchSizes` for it, which :func:`~p2pbo.algorithms.sampling.size_of` takes.

    Settings:
        batch_upper, batch_lower: rows that a node draws for the upper and for the lower loss alone; batch: as for both.

    Attributes:
        make: the class.
        paper: author, year and number of the listing.
        hypergradient: the default one; any other that carries no variable may take its place. None: it has none.
        masks: the default policy by which nodes choose submodels; any other may take its place. None: it has none.
        variant: the variant of the problem that it trains; None: the problem itself.
        defaults: the paper's settings, where they are not the parts' own.
        limit_point: where it ends; None: that is not known.
    """

    make: Callable[..., Algorithm]
    paper: str
    hypergradient: str | None = None
    masks: str | None = None
    variant: str | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    limit_point: LimitPoint | None = None

    lower_level: ClassVar[LowerLevel] = "shared"
    """Their listings average y within a step."""

    def on(self, name: str, lower_level: LowerLevel) -> CustomAlgorithm:
        """Return the method itself, on a lower level that all nodes share.

        Raises:
            InputError: each node has a lower level of its own.
        """
        if lower_level != self.lower_level:
            cause = "averages y within its step, and the lower level is of each node's own"
            raise InputError(f"algorithm {name}", cause, "use one such as mdbo, d-soba or lopa-gt")
        return self

    def check(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return every setting by name, and the names of the parts; given parts replace the preset's.

        Raises:
            InputError: a part or setting is unknown, or a value is refused.
        """
        for part in PARTS:
            if part in given and getattr(self, part, None) is None:
                cause = f"is a listing of its own and has no {part} to replace"
                raise InputError(f"algorithm {name}", cause, f"leave {part} out, or choose another algorithm")
        for side in SIDE_SETTINGS:
            if side in given and self._one_batch:
                raise InputError(f"{side} of algorithm {name}", self._one_batch, "set batch")
        parts = self._parts(given)
        names = {part: entry.name for part, entry in parts.items()}
        rest = {key: value for key, value in given.items() if key not in names}
        return {**names, **check_settings(f"algorithm {name}", self._settings(parts), rest)}

    def settings(self, given: Mapping[str, Any]) -> SettingSpecs:
        """Return the settings that it has with the given parts in the places of its own.

        Raises:
            InputError: a part is unknown, or carries a variable that the listing does not.
        """
        return self._settings(self._parts(given))

    def asynchronous(self, given: Mapping[str, Any]) -> bool:
        """Return False: a listing of its own has rounds."""
        return False

    def step_settings(self, variable: str, given: Mapping[str, Any]) -> tuple[str, ...]:
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
        own = _of(settings_of(self.make), settings)
        if "batch" in own and isinstance(sizes := batch_sizes(settings), BatchSizes):
            own["batch"] = sizes
        return self.make(context.problem, *made, **own)

    @property
    def _one_batch(self) -> str:
        """Why the method draws batches of one loss only; "": it draws of both."""
        return getattr(self.make, "one_batch", "")

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

    def _settings(self, parts: Mapping[str, Entry[Any]]) -> SettingSpecs:
        of_parts = [entry.settings() for entry in parts.values()]
        if "masks" in parts:
            of_parts.append(settings_of(Submodels))
        found: dict[str, tuple[Any, Any]] = {}
        own = settings_of(self.make)
        for parameters in (*of_parts, own):
            found |= parameters
        if "batch" in own and not self._one_batch:
            found |= dict.fromkeys(SIDE_SETTINGS, (SideBatchSize, SAME))
        return {name: (kind, self.defaults.get(name, usual)) for name, (kind, usual) in found.items()}


def _of(parameters: SettingSpecs, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: settings[name] for name in parameters}
