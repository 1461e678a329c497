"""The cosine schedule: from 1 to a floor along half a wave (Loshchilov, Hutter 2017)."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field

from p2pbo.algorithms.schedules import SCHEDULES, Schedule


@SCHEDULES.register("cosine", argument="floor")
def cosine(steps: int, /, *, floor: Annotated[float, Field(ge=0, le=1)] = 0.0) -> Schedule:
    """From 1 at the first step towards FLOOR at the last: floor + ½(1 − floor)(1 + cos πt/T), FLOOR beyond.

    Args:
        floor: the factor that is left at the end.
    """
    return lambda t: floor + 0.5 * (1 - floor) * (1 + math.cos(math.pi * min(t, steps) / steps))
