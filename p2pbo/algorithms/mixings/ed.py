"""Exact diffusion: adapt, correct, combine; removes the bias of ``atc`` without a tracker.

ψ⁺ = V − β U                        adapt
φ⁺ = ψ⁺ − C                         correct: C = ψ − V is what the last combination changed
V⁺ = ½ (I + W) φ⁺                   combine                                  SPARKLE-ED (Zhu 2024), D² (Tang 2018)

Written with C⁺ = C + ½ (I − W) φ⁺ and V⁺ = ψ⁺ − C⁺, C⁰ = 0: C adds up (I − W) φ, whose mean must be 0 for ever. V − ψ
would add up the rounding of V and ψ.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from p2pbo.algorithms.parts import MIXINGS, Mixing, MixingRounds, Sends
from p2pbo.algorithms.state import Variable
from p2pbo.network import Laplacian
from p2pbo.problems import Rows


@MIXINGS.register("ed")
class ExactDiffusion(Mixing):
    """Adapt, correct, combine (SPARKLE-ED); a projection would break the correction's memory."""

    projects: ClassVar[bool] = False
    needs_exact: ClassVar[bool] = True

    def start(self, V: Rows) -> Variable:
        """Return C = 0."""
        return Variable(V, np.zeros_like(V), (np.zeros_like(V),))

    def recover(self, variable: Variable) -> Variable:
        """Return C = 0."""
        return replace(variable, carried=(np.zeros_like(variable.V),))

    def sends(self) -> Sends:
        """Plan φ, after the oracles."""
        return (), (Laplacian(),)

    def move(self, variable: Variable, beta: float) -> MixingRounds:
        """Nothing can go out before the direction is known."""
        V, (C,) = variable.V, variable.carried
        (U,) = yield ()
        psi = V - beta * U
        (L_phi,) = yield (psi - C,)  # (I − W) φ⁺
        C = C + 0.5 * L_phi
        return Variable(V=psi - C, U=U, carried=(C,))
