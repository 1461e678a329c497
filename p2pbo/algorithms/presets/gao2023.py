"""Gao 2023: MDBO and VRDBO, and the simplified DSBO and GDSBO that they are compared with.

The paper stacks nodes in columns: its X W is W X here. Its U, V are the estimates U of x and of y, its Z^F̃, Z^g their
trackers T. For each variable V with its own α and β, where D is Dx or Dy of equation (4):

Eq. (4)            Dx = fx − hxy(p),  p ≈ [∇²_yy g]⁻¹ fy,  Dy = gy        hypergradient neumann

Alg. 1 (MDBO)      line 3  U = D,  T = U                        t = 0     estimator momentum, mixing tracking
                   line 5  U ← (1 − αη) U + αη D                          estimator momentum
                   line 6  T⁺ = W T + U − U_prev                          mixing tracking
                   line 8  V⁺ = V − η (I − W) V − βη T⁺                   mixing tracking

Alg. 2 (VRDBO)     line 3  U = D on B samples,  T = U           t = 0     estimator storm, first_batch = B
                   line 5  U ← (1 − αη²)(U + D − D_prev) + αη² D          estimator storm
                   line 6 and line 8, as in Alg. 1                        mixing tracking

Sec. 6 (DSBO)      V⁺ = W V − ηβ D                                        estimator sgd, mixing gossip
       (GDSBO)     U as in Alg. 1,  V⁺ = W V − ηβ U                       estimator momentum, mixing gossip

D_prev is the direction at the previous point with the same samples. Line 8 is V + η (W V − βT⁺ − V), as
:mod:`~p2pbo.algorithms.mixings.tracking` has it. Sec. 6 describes DSBO (Chen et al. 2022) and GDSBO (Yang et al. 2022)
in words; their β is ours, and 1 unless told otherwise. (4) draws J̃ from one number too many: see
:mod:`~p2pbo.algorithms.hypergradients.neumann`.
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition
from p2pbo.algorithms.limit_point import LimitPoint


@ALGORITHMS.register("dsbo")
def dsbo() -> Composition:
    """DSBO: stochastic directions and gossip (Chen et al. 2022, as simplified in Gao 2023)."""
    return Composition(
        hypergradient="neumann",
        estimator="sgd",
        mixing="gossip",
        paper="Gao 2023, Sec. 6",
        limit_point=LimitPoint.BIASED_FLOOR,
        defaults={"eta": 0.1},
    )


@ALGORITHMS.register("gdsbo")
def gdsbo() -> Composition:
    """GDSBO: momentum and gossip (Yang et al. 2022, as simplified in Gao 2023)."""
    return Composition(
        hypergradient="neumann",
        estimator="momentum",
        mixing="gossip",
        paper="Gao 2023, Sec. 6",
        limit_point=LimitPoint.BIASED_FLOOR,
        defaults={"eta": 0.1, "alpha1": 1.0, "alpha2": 1.0},
    )


@ALGORITHMS.register("mdbo")
def mdbo() -> Composition:
    """MDBO: momentum and gradient tracking (Gao 2023, Alg. 1)."""
    return Composition(
        hypergradient="neumann",
        estimator="momentum",
        mixing="tracking",
        paper="Gao 2023, Alg. 1",
        limit_point=LimitPoint.BIASED,
        defaults={"eta": 0.1, "alpha1": 1.0, "alpha2": 1.0, "beta1": 1.0, "beta2": 1.0},
    )


@ALGORITHMS.register("vrdbo")
def vrdbo() -> Composition:
    """VRDBO: STORM variance reduction and gradient tracking (Gao 2023, Alg. 2)."""
    return Composition(
        hypergradient="neumann",
        estimator="storm",
        mixing="tracking",
        paper="Gao 2023, Alg. 2",
        limit_point=LimitPoint.BIASED,
        defaults={"eta": 0.33, "alpha1": 5.0, "alpha2": 5.0, "beta1": 1.0, "beta2": 1.0},
    )
