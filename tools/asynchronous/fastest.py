"""The fastest step sizes of a lattice: from a start to neighbours that are faster, until none of them is.

Neighbours differ by a factor of √2 or none in each step size, so that the best found lies inside all that was tried.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import NamedTuple

Steps = dict[str, float]

FACTOR = math.sqrt(2)


class Fastest(NamedTuple):
    """Step sizes, and how long they take to the target."""

    steps: Steps
    time: float


def fastest(time_to: Callable[[Steps, float], float], start: Steps) -> Fastest:
    """Return the fastest step sizes.

    Args:
        time_to: how long step sizes take; infinite where they do not get there, or not within the second argument.
        start: of the search; all are lowered together until they get there.

    Raises:
        ValueError: no step size gets there.
    """
    tried: dict[tuple[int, ...], float] = {}

    def timed(place: tuple[int, ...], limit: float) -> float:
        if place not in tried:
            tried[place] = time_to(_at(start, place), limit)
        return tried[place]

    changes = sorted(product((-1, 0, 1), repeat=len(start)), key=lambda change: sum(map(abs, change)))[1:]
    place = (0,) * len(start)
    while math.isinf(best := timed(place, math.inf)):
        place = tuple(k - 1 for k in place)
        if place[0] < -40:
            raise ValueError(f"no step size below {start} gets there")
    moving = True
    while moving:
        moving = False
        for change in changes:
            there = tuple(map(sum, zip(place, change, strict=True)))
            if (time := timed(there, best)) < best:
                place, best, moving = there, time, True
                break
    return Fastest(_at(start, place), best)


def _at(start: Steps, place: tuple[int, ...]) -> Steps:
    return {name: step * FACTOR**k for (name, step), k in zip(start.items(), place, strict=True)}
