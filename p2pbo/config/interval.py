"""Intervals between checkpoints, in steps or in time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

SECONDS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True)
class Interval:
    """An interval of either ``steps`` or ``seconds``."""

    steps: int | None = None
    seconds: float | None = None


def parse_interval(text: str) -> Interval:
    """Return the interval that ``200`` (steps), ``90s``, ``30m`` or ``2h`` is.

    Raises:
        ValueError: it is neither.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text.strip())
    if found and float(found[1]) > 0:
        number, unit = found.groups()
        if unit:
            return Interval(seconds=float(number) * SECONDS[unit])
        if number.isdecimal():
            return Interval(steps=int(number))
    raise ValueError(f"'{text}' is no interval: write steps such as 200, or a time such as 90s, 30m, 2h")


def checked_interval(value: Any) -> Any:
    """Check that a value is an interval or None; return it as text."""
    if value is None:
        return None
    text = str(value).strip()
    parse_interval(text)
    return text
