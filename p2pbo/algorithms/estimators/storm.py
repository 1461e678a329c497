"""STORM: momentum corrected by the same sample's direction at the previous point, with a = αη² (Gao 2023, Alg. 2).

U ← D(now; ξ) + (1 − a)(U − D(previous; ξ))
"""

from __future__ import annotations

from typing import ClassVar

from p2pbo.algorithms.parts import ESTIMATORS, Estimator, PerVariable, Positive, weight
from p2pbo.problems import Rows


@ESTIMATORS.register("storm")
class Storm(Estimator):
    """Recursive variance reduction (Gao 2023, Alg. 2; Zhang 2023, Alg. 1)."""

    looks_back: ClassVar[bool] = True

    def __init__(self, *, eta: Positive = 0.1, alpha: PerVariable = 1.0) -> None:
        self._a = weight(alpha * eta**2, "αη²")

    def update(self, U: Rows, D: Rows, D_previous: Rows) -> Rows:
        """U ← D + (1 − a)(U − D_previous)."""
        return D + (1 - self._a) * (U - D_previous)
