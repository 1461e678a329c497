"""SPARKLE-EXTRA: D-SOBA's directions, mixed by EXTRA (Zhu 2024); the mixing may differ per variable.

H ← (1 − θ)H + θDx for x,  V⁺ = (I + W)V − ½(I + W)V_prev − β(U − U_prev)

Zhu 2024's listing was not at hand, and the same is unsure as of D-SOBA (:mod:`p2pbo.algorithms.presets.d_soba`): here x
steps along the new H, all directions are taken at the old point, and one ξ and one ζ serve the step.
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition
from p2pbo.algorithms.notation import HE_NOTATION


@ALGORITHMS.register("sparkle-extra")
def sparkle_extra() -> Composition:
    """SPARKLE-EXTRA: D-SOBA's directions, EXTRA on all levels (Zhu 2024, from its description)."""
    return Composition(
        hypergradient="tracked",
        estimator={"x": "momentum", "y": "sgd", "z": "sgd"},
        mixing="extra",
        paper="Zhu 2024 (listing not at hand)",
        defaults={"alpha": 0.1, "beta": 0.1, "gamma": 0.1, "theta": 0.1},
        notation=HE_NOTATION,
    )
