"""Ma 2026: FAB, in its manner: first derivatives only, by a penalty, over directed and changing graphs.

The listing (arXiv 2605.06328) was not at hand; this is its idea in push-pull. For each of x, y, u:

D                  Dx = fx(x, u) + λ(gx(x, u) − gx(x, y))                 hypergradient penalty
                   Dy = gy(x, y),  Du = gy(x, u) + fy(x, u)/λ
V                  T⁺ = C T + D − D_prev,  V⁺ = R (V − βT⁺)               estimator sgd, mixing push-pull

R is row-stochastic, C column-stochastic, both of the round's graph. As in DSGDA-GT
(:mod:`~p2pbo.algorithms.presets.wang2024`) it is unsure how many rounds and lower steps the paper takes, and how its λ
grows; here one of each, and λ as it is set. y and u share ζ and the step size.
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition
from p2pbo.algorithms.limit_point import LimitPoint
from p2pbo.algorithms.notation import HE_NOTATION


@ALGORITHMS.register("fab")
def fab() -> Composition:
    """FAB: first derivatives only, by a penalty; push-pull over directed graphs (in the manner of Ma 2026)."""
    return Composition(
        hypergradient="penalty",
        estimator="sgd",
        mixing="push-pull",
        paper="Ma 2026 (listing not at hand)",
        limit_point=LimitPoint.PENALTY,
        defaults={"alpha": 0.1, "beta": 0.1},
        notation=HE_NOTATION,
    )
