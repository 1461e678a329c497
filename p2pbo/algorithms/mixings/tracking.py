"""Gradient tracking: every node follows the network's average direction.

T⁺ = W T + U − U_prev               mean(T) = mean(U) for ever, because W is doubly stochastic
V⁺ = V + η (W V − β T⁺ − V)         Gao 2023, Alg. 1 and 2

T and U_prev start at 0, so that the first T is U₀.
"""

from __future__ import annotations

import numpy as np

from p2pbo.algorithms.parts import MIXINGS, Mixing, PerVariable, Positive
from p2pbo.algorithms.state import Variable
from p2pbo.problems import Rows


@MIXINGS.register("tracking")
class Tracking(Mixing):
    """Follow the network's average direction (Gao 2023, Alg. 1 and 2)."""

    def __init__(self, *, eta: Positive = 0.1, beta: PerVariable = 1.0) -> None:
        self._eta, self._beta = eta, beta

    def start(self, V: Rows) -> Variable:
        """T = 0."""
        return Variable(V, np.zeros_like(V), (np.zeros_like(V),))

    def outgoing(self, variable: Variable) -> tuple[Rows, ...]:
        """V and T."""
        return variable.V, *variable.carried

    def update(self, variable: Variable, U: Rows, *mixed: Rows) -> Variable:
        """V⁺ and T⁺."""
        WV, WT = mixed
        V = variable.V
        T = WT + U - variable.U  # T⁺ = W T + U − U_prev
        return Variable(V=V + self._eta * (WV - self._beta * T - V), U=U, carried=(T,))
