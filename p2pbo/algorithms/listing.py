"""Methods that are no composition: they loop inside a step, and are written like their papers' listings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from p2pbo.algorithms.algorithm import Algorithm
from p2pbo.algorithms.method import PARTS
from p2pbo.errors import InputError
from p2pbo.problems import Problem
from p2pbo.registry import Parameters, checked, parameters_of


@dataclass(frozen=True)
class Listing:
    """A class ``(problem, /, *, settings)`` and, where it uses one, a part whose settings become its own.

    The part is the class's second positional parameter.
    """

    make: Callable[..., Algorithm]
    paper: str
    part: Callable[..., Any] | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def check(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Every setting by name, checked.

        Raises:
            InputError: a setting is unknown, or a value is refused.
        """
        for part in PARTS:
            if part in given:
                cause = f"is a listing of its own and has no {part} to replace"
                raise InputError(f"algorithm {name}", cause, f"leave {part} out, or choose another algorithm")
        return checked(f"algorithm {name}", {**self._of_part(), **parameters_of(self.make)}, given)

    def assemble(self, settings: Mapping[str, Any], problem: Problem, steps: int) -> Algorithm:
        """The method for one problem."""
        names = self._of_part()
        own = {name: value for name, value in settings.items() if name not in names}
        parts = [self.part(problem, **{name: settings[name] for name in names})] if self.part else []
        return self.make(problem, *parts, **own)

    def _of_part(self) -> Parameters:
        return parameters_of(self.part) if self.part else {}
