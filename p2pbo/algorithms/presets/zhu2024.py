"""Zhu 2024: SPARKLE, which is D-SOBA's directions in any mixing; here gradient tracking, exact diffusion and EXTRA.

Zhu 2024's listing was not at hand, so that no line numbers stand here. For each variable V with its step β:

D                  Dx = fx + hxy(z),  Dy = gy,  Dz = hyy(z) + fy          hypergradient tracked
U                  x: U ← (1 − θ) U + θDx                                 estimator momentum
                   y, z: U = D                                            estimator sgd
SPARKLE-GT         T⁺ = W (T + U − U_prev),  V⁺ = Π(W (V − βT⁺))          mixing atc-tracking
SPARKLE-ED         ψ⁺ = V − βU,  V⁺ = ½ (I + W)(ψ⁺ + V − ψ)               mixing ed
SPARKLE-EXTRA      V⁺ = (I + W) V − ½ (I + W) V_prev − β (U − U_prev)     mixing extra

The mixing may differ from variable to variable. The same is unsure as of D-SOBA
(:mod:`~p2pbo.algorithms.presets.kong2024`): here x steps along the new U, all directions are taken at the old point,
and one ξ and one ζ serve the step.
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition
from p2pbo.algorithms.limit_point import LimitPoint
from p2pbo.algorithms.notation import HE_NOTATION


def sparkle(mixing: str) -> Composition:
    """Return D-SOBA's directions in a mixing."""
    return Composition(
        hypergradient="tracked",
        estimator={"x": "momentum", "y": "sgd", "z": "sgd"},
        mixing=mixing,
        paper="Zhu 2024 (listing not at hand)",
        limit_point=LimitPoint.SOLUTION,
        defaults={"alpha": 0.1, "beta": 0.1, "gamma": 0.1, "theta": 0.1},
        notation=HE_NOTATION,
    )


@ALGORITHMS.register("sparkle-gt")
def sparkle_gt() -> Composition:
    """SPARKLE-GT: D-SOBA's directions, gradient tracking on all levels (Zhu 2024, from its description)."""
    return sparkle("atc-tracking")


@ALGORITHMS.register("sparkle-ed")
def sparkle_ed() -> Composition:
    """SPARKLE-ED: D-SOBA's directions, exact diffusion on all levels (Zhu 2024, from its description)."""
    return sparkle("ed")


@ALGORITHMS.register("sparkle-extra")
def sparkle_extra() -> Composition:
    """SPARKLE-EXTRA: D-SOBA's directions, EXTRA on all levels (Zhu 2024, from its description)."""
    return sparkle("extra")
