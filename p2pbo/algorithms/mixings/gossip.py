"""Gossip: average with the neighbours and step along the own direction, V⁺ = W V − η β U."""

from __future__ import annotations

import numpy as np

from p2pbo.algorithms.parts import MIXINGS, Mixing, PerVariable, Positive
from p2pbo.algorithms.state import Variable
from p2pbo.problems import Rows


@MIXINGS.register("gossip")
class Gossip(Mixing):
    """Average with the neighbours, step along the own direction (DSBO, GDSBO)."""

    def __init__(self, *, eta: Positive = 0.1, beta: PerVariable = 1.0) -> None:
        self._step = eta * beta

    def start(self, V: Rows) -> Variable:
        """Nothing carried."""
        return Variable(V, np.zeros_like(V))

    def outgoing(self, variable: Variable) -> tuple[Rows, ...]:
        """V."""
        return (variable.V,)

    def update(self, variable: Variable, U: Rows, *mixed: Rows) -> Variable:
        """V⁺ = W V − η β U."""
        (WV,) = mixed
        return Variable(V=WV - self._step * U, U=U)
