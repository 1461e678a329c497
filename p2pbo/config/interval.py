"""How often something is done: every so many steps, or whenever so much time has passed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

SECONDS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True)
class Interval:
    """Either ``steps`` or ``seconds``."""

    steps: int | None = None
    seconds: float | None = None


def interval(text: str) -> Interval:
    """Return ``200`` steps, or ``90s``, ``30m``, ``2h``.

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


def written(value: Any) -> Any:
    """Return a checked interval as text."""
    if value is None:
        return None
    text = str(value).strip()
    interval(text)
    return text
