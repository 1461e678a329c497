"""Wang 2024: DSGDA-GT, in its manner; a penalty in the place of second derivatives, with gradient tracking.

The paper's listing (arXiv 2410.19319) was not at hand; this is its idea in SPARKLE-GT's mixing. For each of x, y, u:

D                  Dx = fx(x, u) + λ(gx(x, u) − gx(x, y))                 hypergradient penalty
                   Dy = gy(x, y),  Du = gy(x, u) + fy(x, u)/λ
V                  T⁺ = W (T + D − D_prev),  V⁺ = W (V − βT⁺)             estimator sgd, mixing atc-tracking

D_prev keeps the λ of its own step. Unsure are three things: how many rounds of mixing and of lower steps the paper
takes (here: one of each); whether y and u draw batches of their own (here: one ζ serves all, see
:mod:`~p2pbo.algorithms.hypergradients.penalty`); and how its λ grows (here: as it is set).
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition
from p2pbo.algorithms.limit_point import LimitPoint
from p2pbo.algorithms.notation import HE_NOTATION


@ALGORITHMS.register("dsgda-gt")
def dsgda_gt() -> Composition:
    """DSGDA-GT: first derivatives only, by a penalty; gradient tracking (in the manner of Wang 2024)."""
    return Composition(
        hypergradient="penalty",
        estimator="sgd",
        mixing="atc-tracking",
        paper="Wang 2024 (listing not at hand)",
        limit_point=LimitPoint.PENALTY,
        defaults={"alpha": 0.1, "beta": 0.1},
        notation=HE_NOTATION,
    )
