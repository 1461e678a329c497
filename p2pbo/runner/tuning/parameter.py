"""A parameter of a search: a range of numbers, ``0.001:1:log``, or choices, ``16|64|256``."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from p2pbo.config.value_lists import as_text, parse_value, split_list
from p2pbo.errors import InputError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

_NUMBER = r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*"
_RANGE = re.compile(f"{_NUMBER}:{_NUMBER}(:\\s*log\\s*)?")

EDGE = 0.02
"""The share of a range, on its scale, at each end that counts as its edge."""

Way = Literal["downwards", "upwards"]
"""The way beyond an edge."""

SHAPE = "write LOW:HIGH, LOW:HIGH:log, or A|B|C"


@dataclass(frozen=True)
class Range:
    """The numbers from ``low`` to ``high``, whole ones where both are; uniform, or uniform in the logarithm."""

    low: float
    high: float
    log: bool = False

    @property
    def whole(self) -> bool:
        """Whether it has whole numbers only."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    @property
    def extremes(self) -> tuple[float, float]:
        """The values by which all are checked: if both are possible, so is what is between them."""
        return self.low, self.high

    def distribution(self) -> BaseDistribution:
        """Return the range as Optuna has it."""
        from optuna.distributions import FloatDistribution, IntDistribution

        if self.whole:
            return IntDistribution(int(self.low), int(self.high), log=self.log)
        return FloatDistribution(self.low, self.high, log=self.log)

    def wider(self, value: float) -> tuple[Way, Range] | None:
        """Return the way on, and the range with half its length more there, where a value is on an edge; else None."""
        low, high, at = (math.log(v) if self.log else v for v in (self.low, self.high, value))
        more = (high - low) / 2

        def end(place: float, like: float) -> float:
            number = math.exp(place) if self.log else place
            return round(number) if isinstance(like, int) else float(f"{number:.2g}")

        if at - low <= EDGE * (high - low):
            return "downwards", Range(end(low - more, self.low), self.high, self.log)
        if high - at <= EDGE * (high - low):
            return "upwards", Range(self.low, end(high + more, self.high), self.log)
        return None

    def __str__(self) -> str:
        return f"{self.low}:{self.high}{':log' * self.log}"

    def as_json(self) -> str:
        """Return what :func:`parse_parameter` makes the same range of."""
        return str(self)


@dataclass(frozen=True)
class Choices:
    """Some values, of which a trial has one."""

    values: tuple[bool | int | float | str, ...]

    @property
    def extremes(self) -> tuple[Any, ...]:
        """The values by which all are checked: all of them."""
        return self.values

    def distribution(self) -> BaseDistribution:
        """Return the choices as Optuna has them."""
        from optuna.distributions import CategoricalDistribution

        return CategoricalDistribution(self.values)

    def wider(self, value: Any) -> tuple[Way, Choices] | None:
        """Return the way on, and the choices with one more there, where a value is the least or largest; else None.

        Of names, and of two values or fewer, none is.
        """
        numbers = [v for v in self.values if isinstance(v, (int, float)) and not isinstance(v, bool)]
        if len(numbers) < max(3, len(self.values)):
            return None
        least, largest = min(numbers), max(numbers)
        if value == least:
            return "downwards", Choices((least / 2 if isinstance(least, float) else least // 2, *self.values))
        return ("upwards", Choices((*self.values, 2 * largest))) if value == largest else None

    def __str__(self) -> str:
        return "|".join(map(as_text, self.values))

    def as_json(self) -> list[bool | int | float | str]:
        """Return what :func:`parse_parameter` makes the same choices of."""
        return [*self.values]


Parameter = Range | Choices


def parse_space(texts: Sequence[str]) -> dict[str, Parameter]:
    """Return the parameters, by field as it is written, of ``FIELD=RANGE,FIELD=A|B|C``, which may be given repeatedly.

    Raises:
        InputError: one is none, or is empty.
    """
    found: dict[str, Parameter] = {}
    for text in texts:
        for piece in split_list("--space", text):
            field, equals, values = piece.partition("=")
            if not equals or not field.strip():
                raise InputError(f"--space {piece}", "names no field and range", f"{SHAPE} behind FIELD=")
            found[field.strip()] = parse_parameter(f"--space {field.strip()}", values)
    return found


def parse_parameter(subject: str, given: Any) -> Parameter:
    """Return the parameter that a text, or a list of choices, is.

    Raises:
        InputError: it is none, or is empty; names ``subject``.
    """
    if isinstance(given, str) and "|" in given:
        return _choices(subject, [*map(parse_value, given.split("|"))])
    if isinstance(given, list):
        return _choices(subject, given)
    found = _RANGE.fullmatch(given) if isinstance(given, str) else None
    if not found:
        raise InputError(f"{subject}={as_text(given)}", "is neither a range nor choices", SHAPE)
    low, high = (int(text) if re.fullmatch(r"[-+]?\d+", text) else float(text) for text in found.groups()[:2])
    if not (low < high and math.isfinite(high - low)):
        raise InputError(f"{subject}={given}", "is empty", "write the smaller number first")
    if found[3] and low <= 0:
        raise InputError(
            f"{subject}={given}", f"has no logarithm at {low:g}", "begin above 0, or leave out :log"
        )
    return Range(low, high, bool(found[3]))


def _choices(subject: str, values: Sequence[Any]) -> Choices:
    for value in values:
        if not isinstance(value, (bool, int, float, str)) or value == "":
            raise InputError(f"{subject}", f"has the choice {value!r}", "give numbers or names")
    if len(set(values)) < max(2, len(values)):
        raise InputError(
            f"{subject}={'|'.join(map(as_text, values))}",
            "offers no choice",
            "give each value once, and two or more",
        )
    return Choices(tuple(values))
