"""Plain stochastic directions: U = D."""

from __future__ import annotations

from p2pbo.algorithms.parts import ESTIMATORS, Estimator
from p2pbo.arrays import Rows


@ESTIMATORS.register("sgd")
class SGD(Estimator):
    """The stochastic direction itself."""

    def update(self, U: Rows, D: Rows, D_previous: Rows) -> Rows:
        """Return U = D."""
        return D
