"""Intervals between checkpoints, in steps or in time."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

SECONDS = {"ms": 1e-3, "s": 1, "m": 60, "h": 3600}


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
    if text.strip().isdecimal() and int(text):
        return Interval(steps=int(text))
    try:
        return Interval(seconds=parse_duration(text))
    except ValueError:
        cause = "is no interval: write steps such as 200, or a time such as 90s, 30m, 2h"
        raise ValueError(f"'{text}' {cause}") from None


def parse_duration(text: str) -> float:
    """Return the seconds that ``90s``, ``30m``, ``2h`` or ``500ms`` is.

    Raises:
        ValueError: it is none.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|[smh])", text.strip())
    if not found or not float(found[1]):
        raise ValueError(f"'{text}' is no time: write one such as 90s, 30m, 2h")
    return float(found[1]) * SECONDS[found[2]]


def duration_or_never(text: str | None) -> float:
    """Return the seconds of a time, infinite where there is none."""
    return math.inf if text is None else parse_duration(text)


def checked_duration(text: str | None) -> str | None:
    """Check that a text is a time, or None; return it."""
    if text is not None:
        parse_duration(text)
    return text


def checked_interval(value: Any) -> Any:
    """Check that a value is an interval or None; return it as text."""
    if value is None:
        return None
    text = str(value).strip()
    parse_interval(text)
    return text
