"""Liu 2022: INTERACT, for problems whose nodes have each a lower level of their own; x alone is mixed.

The paper's listing (arXiv 2207.13283) was not at hand; this is its idea from its name and abstract, inner gradient
descent and an outer tracked gradient, all of full batches (the setting batch=all):

D                  Dx = fx − hxy(p),  p = [∇²_yy g]⁻¹ fy,  Dy = gy        hypergradient cg
x                  T⁺ = W T + Dx − Dx_prev,  X⁺ = X + η (W X − αT⁺ − X)   estimator sgd, mixing tracking, η = 1
y                  Y⁺ = Y − βDy                                           estimator sgd, mixing local

Each node's own inverse is the right one here, and conjugate gradients come to it as closely as ``terms`` steps do.
SVR-INTERACT, its stochastic form, reduces variance by recursive differences: ``--estimator page`` with
``page_period``. Unsure is how the paper computes p.
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition
from p2pbo.algorithms.limit_point import LimitPoint
from p2pbo.algorithms.lower_levels import mixing_x
from p2pbo.algorithms.notation import HE_NOTATION


@ALGORITHMS.register("interact")
def interact() -> Composition:
    """INTERACT: y of each node's own, gradient tracking of full hypergradients on x (in the manner of Liu 2022)."""
    return Composition(
        hypergradient="cg",
        estimator="sgd",
        mixing=mixing_x("tracking"),
        paper="Liu 2022 (listing not at hand)",
        limit_point=LimitPoint.SOLUTION,
        lower_level="local",
        defaults={"alpha": 0.1, "beta": 0.1},
        notation=HE_NOTATION,
    )
