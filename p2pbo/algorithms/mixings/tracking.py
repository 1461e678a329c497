"""Gradient tracking: every node follows the network's average direction.

T⁺ = W T + U − U_prev               mean(T) = mean(U) for ever, because W is doubly stochastic
V⁺ = V + η (Π[W V − β T⁺] − V)      Gao 2023, Alg. 1 and 2; Zhang 2023, Alg. 1

T and U_prev start at 0, so that the first T is U₀.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, NamedTuple

from p2pbo.algorithms.parts import MIXINGS, MixingRounds, Sends, StepAlong, TrackingMixing
from p2pbo.algorithms.state import Variable
from p2pbo.arrays import Rows
from p2pbo.network import Consensus


class TrackingMemory(NamedTuple):
    """What gradient tracking remembers of a variable."""

    T: Rows
    """The tracker, of line 6 in all three listings: Z^F, Z^g of x, y (Gao 2023), P, Q, R of x, y, z (Zhang 2023)."""


@MIXINGS.register("tracking")
class Tracking(TrackingMixing):
    """Follow the network's average direction (Gao 2023, Alg. 1 and 2; Zhang 2023, Alg. 1)."""

    relaxed: ClassVar[bool] = True
    remembers: ClassVar[type[TrackingMemory]] = TrackingMemory

    def recover(self, variable: Variable) -> Variable:
        """Return the variable with T = U, so that mean(T) = mean(U) holds again among those who are left."""
        return replace(variable, memory=TrackingMemory(T=variable.U))

    def sends(self) -> Sends:
        """Plan V and T, before the oracles."""
        return ((Consensus(), Consensus()),)

    def follow(self, variable: Variable, step: StepAlong) -> MixingRounds:
        """Send V and the T of the previous step before the oracles run."""
        memory: TrackingMemory = variable.memory
        U, V, T = yield variable.V, memory.T  # W V and W T come back, in memory that is ours
        # line 6: T⁺ = W T + U − U_prev
        T += U
        T -= variable.U
        # line 8: V⁺ = V + η (Π[W V − β T⁺] − V)
        V -= step(T) * T
        V = self.project(V)
        V -= variable.V
        V *= self.eta
        V += variable.V
        return Variable(V=V, U=U, memory=TrackingMemory(T))
