"""Gradient tracking in adapt-then-combine form: tracker and iterate are averaged after they have moved.

T⁺ = W (T + U − U_prev)             mean(T) = mean(U), as in ``tracking``
V⁺ = Π(W (V − β T⁺))                SPARKLE-GT (Zhu 2024)

T and U_prev start at 0. Two rounds a step: the second sends what the first one gave.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, NamedTuple

from p2pbo.algorithms.parts import MIXINGS, MixingRounds, Sends, StepAlong, TrackingMixing
from p2pbo.algorithms.state import Variable
from p2pbo.arrays import Rows
from p2pbo.network import Consensus


class CombinedTrackingMemory(NamedTuple):
    """What gradient tracking in adapt-then-combine form remembers of a variable."""

    T: Rows
    """The tracker, after its average (SPARKLE-GT of Zhu 2024)."""


@MIXINGS.register("atc-tracking")
class AdaptThenCombineTracking(TrackingMixing):
    """Follow the network's average direction, combining last (SPARKLE-GT)."""

    remembers: ClassVar[type[CombinedTrackingMemory]] = CombinedTrackingMemory

    def recover(self, variable: Variable) -> Variable:
        """Return the variable with T = U, so that mean(T) = mean(U) holds again among those who are left."""
        return replace(variable, memory=CombinedTrackingMemory(T=variable.U))

    def sends(self) -> Sends:
        """Plan T, then V, after the oracles."""
        return (), (Consensus(donated=True),), (Consensus(donated=True),)

    def follow(self, variable: Variable, step: StepAlong) -> MixingRounds:
        """Send the moved tracker, once the estimate is there, and then the moved iterate."""
        memory: CombinedTrackingMemory = variable.memory
        (U,) = yield ()
        (T,) = yield (memory.T + U - variable.U,)  # T⁺ = W (T + U − U_prev)
        (V,) = yield (variable.V - step(T) * T,)  # W (V − β T⁺)
        return Variable(V=self.project(V), U=U, memory=CombinedTrackingMemory(T))
