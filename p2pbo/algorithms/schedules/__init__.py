"""Step-size schedules: one file each, a function of the step that multiplies a step size, or a rule in its place."""

from __future__ import annotations

from collections.abc import Callable

from p2pbo.algorithms.step_rules import StepRule
from p2pbo.registry import Registry

Schedule = Callable[[int], float]
"""The factor of step t = 0, 1, …"""


def always_one(t: int) -> float:
    """Return 1, the factor where nothing falls."""
    return 1.0


SCHEDULES: Registry[Schedule | StepRule] = Registry("schedule", "p2pbo.algorithms.schedules")
"""Functions ``(steps, /, *, settings) -> Schedule`` for a run of ``steps`` steps, and step rules, which are classes."""


def measures(spec: str) -> bool:
    """Tell whether a specification names a step rule, rather than a schedule.

    Raises:
        InputError: nothing is called so, or an argument is refused.
    """
    made = SCHEDULES.check(spec)[0].make
    return isinstance(made, type) and issubclass(made, StepRule)
