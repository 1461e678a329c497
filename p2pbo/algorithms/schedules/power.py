"""The schedule of variance-reduced methods: (1 + t/τ)^−p, with p = ⅓ in their theory (Cutkosky, Orabona 2019)."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, Field

from p2pbo.algorithms.schedules import SCHEDULES, Schedule


def _number(text: object) -> object:
    """Return the number that a fraction such as 1/3 is."""
    try:
        return float(Fraction(text)) if isinstance(text, str) else text
    except (ValueError, ZeroDivisionError):
        raise ValueError("Write a number or a fraction, such as power:1/3") from None


def _power_and_steps(text: object) -> object:
    """Return p and τ, which is 1 where p stands alone."""
    values = text.split(":") if isinstance(text, str) else text
    values = list(values) if isinstance(values, list | tuple) else [values]
    if len(values) > 2:
        raise ValueError("Write p, or p and τ, such as power:1/3:100")
    return [*values, 1.0][:2]


Power = Annotated[float, BeforeValidator(_number), Field(gt=0, le=1)]
Steps = Annotated[float, Field(gt=0, allow_inf_nan=False)]


@SCHEDULES.register("power", argument="p_tau")
def power(
    steps: int, /, *, p_tau: Annotated[tuple[Power, Steps], BeforeValidator(_power_and_steps)] = (1 / 3, 1.0)
) -> Schedule:
    """(1 + t/τ)^−p: about constant for τ steps, then falling like t^−p; power:1/3, power:1/3:100.

    Args:
        p_tau: p, in (0, 1], and τ, by default 1.
    """
    p, tau = p_tau
    return lambda t: (1 + t / tau) ** -p
