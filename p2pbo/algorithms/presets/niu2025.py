"""Niu 2025: LoPA, for problems whose nodes have each a lower level of their own; x alone is mixed.

The paper's listing (JMLR 26(76), arXiv 2312.14690) was not at hand; this is its idea from its description: no inner
loops, y and z follow their solutions at each node alone, and momentum takes the noise out of the hypergradient.

D                  Dx = fx + hxy(z),  Dy = gy,  Dz = hyy(z) + fy          hypergradient tracked
H                  H₀ = Dx,  H ← (1 − θ) H + θDx                          estimator momentum
y, z               Y⁺ = Y − βDy,  Z⁺ = Π(Z − γDz)                         estimator sgd, mixing local
LoPA-LG            X⁺ = W X − αH                                          mixing gossip
LoPA-GT            T⁺ = W T + H − H_prev,  X⁺ = X + η (W X − αT⁺ − X)     mixing tracking, η = 1

The local Hessian is the right one here, so that LoPA-GT ends at the solution; LoPA-LG ends at a floor in proportion to
α. Unsure are three things: whether the paper goes only a share η of the way (here: η = 1); whether the directions of z
and x see the new y already (here: all are taken at the old point); and whether they draw batches of their own (here:
one ξ and one ζ serve the step).
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition
from p2pbo.algorithms.limit_point import LimitPoint
from p2pbo.algorithms.lower_levels import mixing_x
from p2pbo.algorithms.notation import NIU_NOTATION


def lopa(mixing: str, limit_point: LimitPoint) -> Composition:
    """Return LoPA with a mixing of x."""
    return Composition(
        hypergradient="tracked",
        estimator={"x": "momentum", "y": "sgd", "z": "sgd"},
        mixing=mixing_x(mixing),
        paper="Niu 2025 (listing not at hand)",
        limit_point=limit_point,
        lower_level="local",
        defaults={"alpha": 0.1, "beta": 0.1, "gamma": 0.1, "theta": 0.1},
        notation=NIU_NOTATION,
    )


@ALGORITHMS.register("lopa-gt")
def lopa_gt() -> Composition:
    """LoPA-GT: y and z of each node's own, momentum and gradient tracking on x (in the manner of Niu 2025)."""
    return lopa("tracking", LimitPoint.SOLUTION)


@ALGORITHMS.register("lopa-lg")
def lopa_lg() -> Composition:
    """LoPA-LG: y and z of each node's own, momentum and gossip on x (in the manner of Niu 2025)."""
    return lopa("gossip", LimitPoint.FLOOR)
