"""D-SOBA: NC-SOBA with momentum on x, taken locally before mixing (Kong 2024). θ = 1 is NC-SOBA.

H ← (1 − θ)H + θDx,  X⁺ = W(X − αH),  Y⁺ = W(Y − βDy),  Z⁺ = Π(W(Z − γDz))
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import METHODS
from p2pbo.algorithms.method import Method
from p2pbo.algorithms.notation import LETTERED


@METHODS.register("d-soba")
def d_soba() -> Method:
    """D-SOBA: NC-SOBA with momentum on x (Kong 2024)."""
    return Method(
        hypergradient="tracked",
        estimator={"x": "momentum", "y": "sgd", "z": "sgd"},
        mixing="atc",
        paper="Kong 2024, Alg. 1",
        defaults={"alpha": 0.1, "beta": 0.1, "gamma": 0.1, "theta": 0.1},
        notation=LETTERED,
    )
