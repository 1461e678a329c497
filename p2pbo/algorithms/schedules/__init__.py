"""Step-size schedules: one file each, a function of the step that multiplies a variable's step size."""

from __future__ import annotations

from collections.abc import Callable

from p2pbo.registry import Registry

Schedule = Callable[[int], float]
"""The factor of step t = 0, 1, …"""

SCHEDULES: Registry[Schedule] = Registry("schedule", "p2pbo.algorithms.schedules")
"""Functions ``(steps, /, *, settings) -> Schedule`` for a run of ``steps`` steps."""
