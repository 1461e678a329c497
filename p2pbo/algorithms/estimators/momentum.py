"""Momentum: an exponential average of directions, U ← (1 − a)U + aD with a = αη (Gao 2023, Alg. 1)."""

from __future__ import annotations

from p2pbo.algorithms.parts import ESTIMATORS, Estimator, PerVariable, Positive, weight
from p2pbo.problems import Rows


@ESTIMATORS.register("momentum")
class Momentum(Estimator):
    """Exponential average of directions (Gao 2023, Alg. 1)."""

    def __init__(self, *, eta: Positive = 0.1, alpha: PerVariable = 1.0) -> None:
        self._a = weight(alpha * eta, "αη")

    def update(self, U: Rows, D: Rows, D_previous: Rows) -> Rows:
        """U ← (1 − a)U + aD."""
        return (1 - self._a) * U + self._a * D
