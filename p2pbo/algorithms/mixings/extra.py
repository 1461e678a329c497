"""EXTRA: gossip minus the sum of what mixing has changed so far, which removes its bias without a tracker.

V⁺ = W V − β U − C                  C⁺ = C + ½ (V − W V)                     SPARKLE-EXTRA (Zhu 2024), Shi 2015

C starts at 0. Two successive steps subtracted give the usual form, V¹ = W V⁰ − β U⁰ and
V⁺ = (I + W) V − ½ (I + W) V_prev − (β U − β_prev U_prev), which adds rounding errors up and is not used. C adds up
(I − W) V, whose mean must be 0 for ever: V − W V with W in float32 has one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, NamedTuple

import numpy as np

from p2pbo.algorithms.parts import MIXINGS, Mixing, MixingRounds, Sends
from p2pbo.algorithms.state import Variable
from p2pbo.arrays import Rows
from p2pbo.network import Laplacian


class ExtraMemory(NamedTuple):
    """What EXTRA remembers of a variable."""

    C: Rows
    """The correction ½ Σ (I − W) V of the steps so far: −Σ (W − W̃) V of Shi 2015, with W̃ = ½ (I + W).

    In float64 whatever V is, as in :mod:`~p2pbo.algorithms.mixings.ed`.
    """


@MIXINGS.register("extra")
class Extra(Mixing):
    """Gossip with its bias summed up and taken away (SPARKLE-EXTRA); a projection would break the sum."""

    projects: ClassVar[bool] = False
    needs_exact: ClassVar[bool] = True
    remembers: ClassVar[type[ExtraMemory]] = ExtraMemory

    def recover(self, variable: Variable) -> Variable:
        """Return the variable with C = 0: the dead have a share in what it has added up."""
        return replace(variable, memory=ExtraMemory(C=np.zeros_like(variable.V)))

    def sends(self) -> Sends:
        """Plan V, before the oracles."""
        return ((Laplacian(),),)

    def move(self, variable: Variable, beta: float) -> MixingRounds:
        """Send V before the oracles run, and step from its average less the correction."""
        memory: ExtraMemory = variable.memory
        V = variable.V
        U, LV = yield (V,)  # (I − W) V
        C = memory.C.astype(np.float64, copy=False)
        V_next = (V - LV - beta * U - C).astype(V.dtype, copy=False)
        return Variable(V=V_next, U=U, memory=ExtraMemory(C + 0.5 * LV))
