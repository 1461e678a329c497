"""Gradient tracking in adapt-then-combine form: tracker and iterate are averaged after they have moved.

T⁺ = W (T + U − U_prev)             mean(T) = mean(U), as in ``tracking``
V⁺ = Π(W (V − β T⁺))                SPARKLE-GT (Zhu 2024)

T and U_prev start at 0. Two rounds a step: the second sends what the first one gave.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from p2pbo.algorithms.parts import MIXINGS, Mixing, MixingRounds, Sends
from p2pbo.algorithms.state import Variable
from p2pbo.network import Consensus
from p2pbo.problems import Rows


@MIXINGS.register("atc-tracking")
class AdaptThenCombineTracking(Mixing):
    """Follow the network's average direction, combining last (SPARKLE-GT)."""

    def start(self, V: Rows) -> Variable:
        """Return T = 0."""
        return Variable(V, np.zeros_like(V), (np.zeros_like(V),))

    def recover(self, variable: Variable) -> Variable:
        """Return T = U, so that mean(T) = mean(U) holds again among those who are left."""
        return replace(variable, carried=(variable.U,))

    def sends(self) -> Sends:
        """Plan T, then V, after the oracles."""
        return (), (Consensus(donated=True),), (Consensus(donated=True),)

    def move(self, variable: Variable, beta: float) -> MixingRounds:
        """Nothing can go out before the direction is known."""
        (T,) = variable.carried
        (U,) = yield ()
        (T,) = yield (T + U - variable.U,)  # T⁺ = W (T + U − U_prev)
        (V,) = yield (variable.V - beta * T,)
        return Variable(V=self.project(V), U=U, carried=(T,))
