"""Adapt, then combine: a step along the own direction, and then an average with the neighbours.

V⁺ = Π(W (V − β U))                 D-SOBA (Kong 2024), NC-SOBA (He 2024)
"""

from __future__ import annotations

from p2pbo.algorithms.parts import MIXINGS, Mixing, MixingRounds, Sends
from p2pbo.algorithms.state import Variable
from p2pbo.network import Consensus


@MIXINGS.register("atc")
class AdaptThenCombine(Mixing):
    """Step along the own direction, then average (D-SOBA, NC-SOBA)."""

    def sends(self) -> Sends:
        """Plan V − β U, after the oracles."""
        return (), (Consensus(donated=True),)

    def move(self, variable: Variable, beta: float) -> MixingRounds:
        """Send V − β U, once the estimate is there, and keep its average."""
        (U,) = yield ()
        (combined,) = yield (variable.V - beta * U,)  # W (V − β U)
        return Variable(V=self.project(combined), U=U)
