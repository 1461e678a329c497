"""The schedule of most stochastic bounds: 1/√(1 + t/τ)."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field

from p2pbo.algorithms.schedules import SCHEDULES, Schedule


@SCHEDULES.register("inverse-sqrt", argument="tau")
def inverse_sqrt(steps: int, /, *, tau: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0) -> Schedule:
    """1/√(1 + t/τ): about constant for τ steps, then falling like 1/√t.

    Args:
        tau: τ, the step at which the factor is 1/√2.
    """
    return lambda t: 1 / math.sqrt(1 + t / tau)
