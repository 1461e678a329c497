"""Exact diffusion: adapt, correct, combine; removes the bias of ``atc`` without a tracker.

ψ⁺ = V − β U                        adapt
φ⁺ = ψ⁺ + V − ψ                     correct: ψ − V is what the last combination changed;  ψ⁰ = V⁰
V⁺ = ½ (I + W) φ⁺                   combine                                  SPARKLE-ED (Zhu 2024), D² (Tang 2018)
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from p2pbo.algorithms.parts import MIXINGS, Mixing, Move
from p2pbo.algorithms.state import Variable
from p2pbo.problems import Rows


@MIXINGS.register("ed")
class ExactDiffusion(Mixing):
    """Adapt, correct, combine (SPARKLE-ED); a projection would break the correction's memory."""

    projects: ClassVar[bool] = False
    needs_exact: ClassVar[bool] = True

    def start(self, V: Rows) -> Variable:
        """ψ = V."""
        return Variable(V, np.zeros_like(V), (V,))

    def restart(self, variable: Variable) -> Variable:
        """ψ = V."""
        return replace(variable, carried=(variable.V,))

    def move(self, variable: Variable, beta: float) -> Move:
        """Nothing can go out before the direction is known."""
        V, (before,) = variable.V, variable.carried
        (U,) = yield ()
        psi = V - beta * U
        phi = psi + V - before  # φ⁺ = ψ⁺ + V − ψ
        (W_phi,) = yield (phi,)
        return Variable(V=0.5 * (phi + W_phi), U=U, carried=(psi,))
