"""Gossip: an average with the neighbours, and a step along the own direction.

V⁺ = Π(W V − β U)                   DSBO, GDSBO (as in Gao 2023)
"""

from __future__ import annotations

from p2pbo.algorithms.parts import MIXINGS, Mixing, MixingRounds, Sends
from p2pbo.algorithms.state import Variable
from p2pbo.network import Consensus


@MIXINGS.register("gossip")
class Gossip(Mixing):
    """Average with the neighbours, step along the own direction (DSBO, GDSBO)."""

    def sends(self) -> Sends:
        """Plan V, before the oracles."""
        return ((Consensus(),),)

    def move(self, variable: Variable, beta: float) -> MixingRounds:
        """Send V before the oracles run, and step from its average."""
        U, WV = yield (variable.V,)
        return Variable(V=self.project(WV - beta * U), U=U)
