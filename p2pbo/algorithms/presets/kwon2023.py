"""Kwon 2023: F2SA, in its manner over a graph; a penalty in the place of second derivatives.

The paper has one node (arXiv 2301.10945), so that its listing has no W; this is its direction in D-SOBA's mixing:

D                  Dx = fx(x, u) + λ(gx(x, u) − gx(x, y))                 hypergradient penalty
                   Dy = gy(x, y),  Du = gy(x, u) + fy(x, u)/λ
V                  V⁺ = W (V − βD)                                        estimator sgd, mixing atc

y and u are the paper's z and y. It takes several steps of them to a step of x, with batches of their own, and scales
u's direction by λ; here all take one step, from the old point, and y and u share ζ and the step size
(:mod:`~p2pbo.algorithms.hypergradients.penalty`).
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition
from p2pbo.algorithms.limit_point import LimitPoint
from p2pbo.algorithms.notation import HE_NOTATION


@ALGORITHMS.register("f2sa")
def f2sa() -> Composition:
    """F2SA: first derivatives only, by a penalty; adapt then combine (in the manner of Kwon 2023)."""
    return Composition(
        hypergradient="penalty",
        estimator="sgd",
        mixing="atc",
        paper="Kwon 2023 (in its manner)",
        limit_point=LimitPoint.PENALTY_FLOOR,
        defaults={"alpha": 0.1, "beta": 0.1},
        notation=HE_NOTATION,
    )
