"""SPARKLE-GT: D-SOBA's directions, mixed by gradient tracking (Zhu 2024); the mixing may differ per variable.

H ← (1 − θ)H + θDx for x,  T⁺ = W(T + U − U_prev),  V⁺ = W(V − βT⁺)
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import METHODS
from p2pbo.algorithms.method import Method
from p2pbo.algorithms.notation import LETTERED


@METHODS.register("sparkle-gt")
def sparkle_gt() -> Method:
    """SPARKLE-GT: D-SOBA's directions, gradient tracking on all levels (Zhu 2024)."""
    return Method(
        hypergradient="tracked",
        estimator={"x": "momentum", "y": "sgd", "z": "sgd"},
        mixing="atc-tracking",
        paper="Zhu 2024, Alg. 1",
        defaults={"alpha": 0.1, "beta": 0.1, "gamma": 0.1, "theta": 0.1},
        notation=LETTERED,
    )
