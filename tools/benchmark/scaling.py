"""Step sizes under a condition: those found by searches, times the power of 3 that gets furthest on two seeds.

Searches judge where a run ends, and targets ask how soon it arrives: so all methods are scaled under the plain
condition, too, that they were searched under. What counts is the worse of the searched seed and another: what one seed
just bears is often too much for others. Further is a target more, then the last of them in fewer steps, then more steps
before it diverges, then a lower metric at the end. Powers are tried from 1 on, upwards as long as that gets further,
else downwards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from benchmark.cells import Cell, digest, significant
from benchmark.measuring import first_run, reached
from benchmark.targets import Targets
from p2pbo.errors import InputError

BASE, REACH = 3.0, 6
"""Factors are the powers of the first, up to this exponent and down to its negative."""


@dataclass(frozen=True)
class Scaled:
    """What was found.

    Attributes:
        key: the digest of what it depends on.
        factor: of the step sizes.
    """

    key: str
    factor: float


def scaling_key(cells: Sequence[Cell], targets: Targets) -> str:
    """Return the digest of what the factor of the cells' method depends on."""
    return digest([cell.key(targets.levels()) for cell in cells], BASE, REACH)


def scale(cells: Sequence[Cell], targets: Targets) -> Scaled:
    """Return the factor for cells that differ by their seeds alone, whose step sizes are as they were found."""

    @cache
    def place(exponent: int) -> tuple[float, ...]:
        return max(_place(cell.times(significant(BASE**exponent)), targets) for cell in cells)

    at = 0
    for way in (1, -1):
        while abs(at) < REACH and place(at + way) < place(at):
            at += way
    return Scaled(scaling_key(cells, targets), significant(BASE**at))


def _place(cell: Cell, targets: Targets) -> tuple[float, ...]:
    """Return numbers that are the smaller, the further a cell gets."""
    try:
        trace, _ = first_run(cell, targets)
    except InputError:
        return (math.inf,)
    rows = [row for row in reached(trace, targets) if row is not None]
    steps, value = trace.values("step"), float(trace.values(targets.metric)[-1])
    last = float(steps[rows[-1]]) if rows else math.inf
    return -len(rows), last, -float(steps[-1]), value if math.isfinite(value) else math.inf
