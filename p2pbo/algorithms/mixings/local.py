"""Local: a step along the own direction, for what nodes do not share; nothing is sent.

V⁺ = Π(V − β U)                     y and z of INTERACT (Liu 2022) and of LoPA (Niu 2025)
"""

from __future__ import annotations

from typing import ClassVar

from p2pbo.algorithms.parts import MIXINGS, Mixing, MixingRounds, Sends
from p2pbo.algorithms.state import Variable


@MIXINGS.register("local")
class Local(Mixing):
    """Step along the own direction and send nothing, where each node's lower level is its own (Liu 2022, Niu 2025)."""

    directed: ClassVar[bool] = True

    def sends(self) -> Sends:
        """Plan nothing."""
        return ((),)

    def move(self, variable: Variable, beta: float) -> MixingRounds:
        """Step as soon as the estimate is there."""
        (U,) = yield ()
        return Variable(V=self.project(variable.V - beta * U), U=U)
