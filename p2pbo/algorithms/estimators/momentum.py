"""Momentum: an exponential average of directions.

U ← (1 − a)U + aD      a = αη, from U₀ = D (Gao 2023, Alg. 1);  a = θ, from U = 0 (He 2024, Kong 2024, Zhu 2024)
"""

from __future__ import annotations

from typing import ClassVar

from p2pbo.algorithms.parts import ESTIMATORS, Estimator
from p2pbo.arrays import Rows


@ESTIMATORS.register("momentum")
class Momentum(Estimator):
    """Exponential average of directions (Gao 2023, Alg. 1)."""

    order: ClassVar[int] = 1

    def start(self, D: Rows) -> Rows:
        """Return U₀ = D, or aD where the average starts at 0."""
        return self.a * D if self.from_zero else D

    def update(self, U: Rows, D: Rows, D_previous: Rows) -> Rows:
        """Return U⁺ = (1 − a)U + aD."""
        U = (1 - self.a) * U
        U += self.a * D
        return U
