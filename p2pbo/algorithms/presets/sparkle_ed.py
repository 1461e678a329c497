"""SPARKLE-ED: D-SOBA's directions, mixed by exact diffusion (Zhu 2024); the mixing may differ per variable.

H ← (1 − θ)H + θDx for x,  ψ⁺ = V − βU,  V⁺ = ½(I + W)(ψ⁺ + V − ψ)
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import METHODS
from p2pbo.algorithms.method import Method
from p2pbo.algorithms.notation import LETTERED


@METHODS.register("sparkle-ed")
def sparkle_ed() -> Method:
    """SPARKLE-ED: D-SOBA's directions, exact diffusion on all levels (Zhu 2024)."""
    return Method(
        hypergradient="tracked",
        estimator={"x": "momentum", "y": "sgd", "z": "sgd"},
        mixing="ed",
        paper="Zhu 2024, Alg. 1",
        defaults={"alpha": 0.1, "beta": 0.1, "gamma": 0.1, "theta": 0.1},
        notation=LETTERED,
    )
