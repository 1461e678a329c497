"""A problem's own metrics on held-out data, under names that a trace has room for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from p2pbo.arrays import Rows, Vector
from p2pbo.errors import InputError
from p2pbo.problems.autograd.random_draws import GlobalGenerators
from p2pbo.trace.schema import SCHEMA

PROBLEM_METRICS = {"test_accuracy", "validation_accuracy"}
"""Standard fields of a trace that problems fill in, not p2pbo."""

DIMENSION_NAMES = {"x_dim", "y_dim", "z_dim", "u_dim"}
"""Names that only dimensions of a trace have."""

SINGLE_METRIC = "test"
"""The name of a metric that comes as a number without one."""


class HeldOut:
    """A problem's ``test``, called so that what it draws at random, on ``device`` too, is the same each time."""

    def __init__(self, test: Callable[[Vector, Vector], Any], device: str) -> None:
        self._test = test
        self._generators = GlobalGenerators(device)
        self._last: tuple[Vector, Vector, dict[str, float]] | None = None

    def check(self, x: Vector, y: Vector, logged: Iterable[str]) -> None:
        """Check the names that the test gives at a first point, where oracles have ``logged`` metrics of their own.

        Raises:
            InputError: one is p2pbo's or no name, or what it gives is no number.
        """
        taken = (set(SCHEMA) - PROBLEM_METRICS) | DIMENSION_NAMES | set(logged)
        for name in self(x, y):
            if name in taken:
                cause, remedy = (
                    f"gives {name}, which a trace has already",
                    "call it otherwise, such as test_accuracy",
                )
                raise InputError("test", cause, remedy)

    def of_each(self, x: Vector, Y: Rows) -> dict[str, Vector]:
        """Return the test's metrics at x and each node's own y.

        Raises:
            InputError: as of a call.
        """
        found = [self(x, y) for y in Y]
        return {name: np.array([figures[name] for figures in found]) for name in found[0]}

    def __call__(self, x: Vector, y: Vector) -> dict[str, float]:
        """Return the test's metrics at x and y.

        Raises:
            InputError: they are no numbers, have no names, or not those of before.
        """
        if self._last is not None and np.array_equal(self._last[0], x) and np.array_equal(self._last[1], y):
            return self._last[2]  # the run's start was checked
        with self._generators.seeded(0):
            found = _figures(self._test(x.copy(), y.copy()))
        if self._last is not None and found.keys() != self._last[2].keys():
            cause = f"gives {', '.join(found)}, and gave {', '.join(self._last[2])} before"
            raise InputError("test", cause, "give the same figures at each call, NaN where there is none")
        self._last = x.copy(), y.copy(), found
        return found


def _figures(given: Any) -> dict[str, float]:
    named = given if isinstance(given, Mapping) else {SINGLE_METRIC: given}
    return {_name(name): _number(name, value) for name, value in named.items()}


def _name(name: Any) -> str:
    if not isinstance(name, str) or not name or name != name.strip() or "/" in name or name == ".":
        raise InputError("test", f"calls a figure {name!r}", "use a name such as test_accuracy")
    return name


def _number(name: str, value: Any) -> float:
    held = value.detach().cpu() if hasattr(value, "detach") else value
    try:
        array = np.asarray(held)
        if array.size != 1 or array.dtype.kind not in "fiub":
            raise TypeError
    except (TypeError, ValueError):
        kind = type(value).__name__
        raise InputError(
            "test", f"gives a {kind} as {name}", "give numbers, or a dict of numbers by name"
        ) from None
    return float(array.reshape(()))
