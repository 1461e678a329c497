"""The constant schedule: 1."""

from __future__ import annotations

from p2pbo.algorithms.schedules import SCHEDULES, Schedule, always_one


@SCHEDULES.register("constant")
def constant(steps: int, /) -> Schedule:
    """The same step size for ever."""
    return always_one
