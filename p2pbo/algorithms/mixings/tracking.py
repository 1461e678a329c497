"""Gradient tracking: every node follows the network's average direction.

T⁺ = W T + U − U_prev               mean(T) = mean(U) for ever, because W is doubly stochastic
V⁺ = V + η (Π[W V − β T⁺] − V)      Gao 2023, Alg. 1 and 2; Zhang 2023, Alg. 1

T and U_prev start at 0, so that the first T is U₀.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from p2pbo.algorithms.parts import MIXINGS, Mixing, MixingRounds, Sends
from p2pbo.algorithms.state import Variable
from p2pbo.network import Consensus
from p2pbo.problems import Rows


@MIXINGS.register("tracking")
class Tracking(Mixing):
    """Follow the network's average direction (Gao 2023, Alg. 1 and 2; Zhang 2023, Alg. 1)."""

    relaxed: ClassVar[bool] = True

    def start(self, V: Rows) -> Variable:
        """Return T = 0."""
        return Variable(V, np.zeros_like(V), (np.zeros_like(V),))

    def recover(self, variable: Variable) -> Variable:
        """Return T = U, so that mean(T) = mean(U) holds again among those who are left."""
        return replace(variable, carried=(variable.U,))

    def sends(self) -> Sends:
        """Plan V and T, before the oracles."""
        return ((Consensus(), Consensus()),)

    def move(self, variable: Variable, beta: float) -> MixingRounds:
        """Return V and T of the previous step go out before the oracles run."""
        V, (T,) = variable.V, variable.carried
        U, WV, WT = yield V, T
        T = WT + U - variable.U  # T⁺ = W T + U − U_prev
        V = V + self.eta * (self.project(WV - beta * T) - V)
        return Variable(V=V, U=U, carried=(T,))
