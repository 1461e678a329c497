"""Exact diffusion: adapt, correct, combine; removes the bias of ``atc`` without a tracker.

ψ⁺ = V − β U                        adapt
φ⁺ = ψ⁺ − C                         correct: C = ψ − V is what the last combination changed
V⁺ = ½ (I + W) φ⁺                   combine                                  SPARKLE-ED (Zhu 2024), D² (Tang 2018)

Written with C⁺ = C + ½ (I − W) φ⁺ and V⁺ = ψ⁺ − C⁺, C⁰ = 0: C adds up (I − W) φ, whose mean must be 0 for ever. V − ψ
would add up the rounding of V and ψ.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, NamedTuple

import numpy as np

from p2pbo.algorithms.parts import MIXINGS, Mixing, MixingRounds, Sends
from p2pbo.algorithms.state import Variable
from p2pbo.arrays import Rows
from p2pbo.network import Laplacian


class ExactDiffusionMemory(NamedTuple):
    """What exact diffusion remembers of a variable."""

    C: Rows
    """The correction ½ Σ (I − W) φ of the steps so far, which is ψ − V of the last one (Tang 2018, Zhu 2024).

    In float64 whatever V is: at rest the same small terms come in every step, and float32 would lose the same part of
    them in every step, so that the mean of C would drift.
    """


@MIXINGS.register("ed")
class ExactDiffusion(Mixing):
    """Adapt, correct, combine (SPARKLE-ED); a projection would break the correction's memory."""

    projects: ClassVar[bool] = False
    needs_exact: ClassVar[bool] = True
    remembers: ClassVar[type[ExactDiffusionMemory]] = ExactDiffusionMemory

    def recover(self, variable: Variable) -> Variable:
        """Return the variable with C = 0: the dead have a share in what it has added up."""
        return replace(variable, memory=ExactDiffusionMemory(C=np.zeros_like(variable.V)))

    def sends(self) -> Sends:
        """Plan φ, after the oracles."""
        return (), (Laplacian(),)

    def move(self, variable: Variable, beta: float) -> MixingRounds:
        """Send the adapted and corrected iterate, once the estimate is there."""
        memory: ExactDiffusionMemory = variable.memory
        (U,) = yield ()
        psi = variable.V - beta * U  # adapt
        (L_phi,) = yield (psi - memory.C,)  # correct; (I − W) φ⁺
        C = memory.C.astype(np.float64, copy=False) + 0.5 * L_phi
        V = (psi - C).astype(psi.dtype, copy=False)  # combine: ψ⁺ − C⁺ = ½ (I + W) φ⁺
        return Variable(V=V, U=U, memory=ExactDiffusionMemory(C))
