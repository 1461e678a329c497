"""Adapt, then combine: step along the own direction and average the result with the neighbours.

V⁺ = Π(W (V − β U))                 D-SOBA (Kong 2024), NC-SOBA (He 2024)
"""

from __future__ import annotations

from p2pbo.algorithms.parts import MIXINGS, Fresh, Mixing, Move
from p2pbo.algorithms.state import Variable


@MIXINGS.register("atc")
class AdaptThenCombine(Mixing):
    """Step along the own direction, then average (D-SOBA, NC-SOBA)."""

    def move(self, variable: Variable, beta: float) -> Move:
        """Nothing can go out before the direction is known."""
        (U,) = yield ()
        (combined,) = yield (Fresh(variable.V - beta * U),)  # W (V − β U)
        return Variable(V=self.project(combined), U=U)
