"""Kong 2024: D-SOBA, which is NC-SOBA of He 2024 with momentum on x, taken locally before mixing.

Kong 2024's listing was not at hand, so that no line numbers stand here: this is its idea in the form of He 2024's SOBA.
The paper (arXiv 2402.03167v4) has two variants: D-SOBA-SO with second derivatives, here d-soba, and D-SOBA-FO.

D                  Dx = fx + hxy(z),  Dy = gy,  Dz = hyy(z) + fy          hypergradient tracked
x                  H ← (1 − θ) H + θDx                                    estimator momentum
                   X⁺ = W (X − αH)                                        mixing atc
y, z               Y⁺ = W (Y − βDy),  Z⁺ = Π(W (Z − γDz))                 estimator sgd, mixing atc

D-SOBA-FO          hxy(z) ≈ (gx(x, y + δz) − gx(x, y − δz))/2δ             hypergradient tracked-differences
                   hyy(z) ≈ (gy(x, y + δz) − gy(x, y − δz))/2δ

θ = 1 is NC-SOBA; on quadratics D-SOBA-FO is D-SOBA to rounding. Unsure are four things: whether x steps along H from
before its update, as He 2024's CM-SOBA does (here: the new H); whether the directions of z and x see the new y already
(here: all are taken at the old point); whether they draw batches of their own (here: one ξ and one ζ serve the whole
step); and D-SOBA-FO's δ (here: :mod:`~p2pbo.algorithms.hypergradients.tracked_differences`).
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition
from p2pbo.algorithms.limit_point import LimitPoint
from p2pbo.algorithms.notation import HE_NOTATION


def momentum_soba(hypergradient: str) -> Composition:
    """Return NC-SOBA with momentum on x, by a hypergradient that tracks z."""
    return Composition(
        hypergradient=hypergradient,
        estimator={"x": "momentum", "y": "sgd", "z": "sgd"},
        mixing="atc",
        paper="Kong 2024 (listing not at hand)",
        limit_point=LimitPoint.FLOOR,
        defaults={"alpha": 0.1, "beta": 0.1, "gamma": 0.1, "theta": 0.1},
        notation=HE_NOTATION,
    )


@ALGORITHMS.register("d-soba")
def d_soba() -> Composition:
    """D-SOBA: NC-SOBA with momentum on x (Kong 2024, from its description)."""
    return momentum_soba("tracked")


@ALGORITHMS.register("d-soba-fo")
def d_soba_fo() -> Composition:
    """D-SOBA-FO: D-SOBA by first derivatives only, by differences (in the manner of Kong 2024)."""
    return momentum_soba("tracked-differences")
