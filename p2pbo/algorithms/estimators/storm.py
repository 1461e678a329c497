"""STORM: momentum corrected by the same sample's direction at the previous point.

U ← D(now; ξ) + (1 − a)(U − D(previous; ξ))      a = αη² (Gao 2023, Alg. 2; Zhang 2023, Alg. 1)
"""

from __future__ import annotations

from typing import ClassVar

from p2pbo.algorithms.parts import ESTIMATORS, Estimator
from p2pbo.arrays import Rows


@ESTIMATORS.register("storm")
class Storm(Estimator):
    """Recursive variance reduction (Gao 2023, Alg. 2; Zhang 2023, Alg. 1)."""

    order: ClassVar[int] = 2
    looks_back: ClassVar[bool] = True

    def update(self, U: Rows, D: Rows, D_previous: Rows) -> Rows:
        """Return U⁺ = D + (1 − a)(U − D_previous)."""
        return D + (1 - self.a) * (U - D_previous)
