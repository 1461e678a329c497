"""Tian 2018 and R-FAST (Zhu 2023): nodes that never wait, and a ledger of running sums, under bilevel directions.

Neither paper has two levels, and their listings were not at hand, so that no line numbers stand here. Each node i steps
when it is ready, with the newest rows that have come. For each of its variables, a row s:

D                  Dx = fx + hxy(z),  Dy = gy,  Dz = hyy(z) + fy          hypergradient tracked (Async-SOBA)
                   Dx = fx − hxy(p),  p ≈ [∇²_yy g]⁻¹ fy,  Dy = gy        hypergradient neumann (the others)
u                  u = D                                                  estimator sgd (Async-SOBA)
                   u ← (1 − αη) u + αη D                                  estimator momentum (Async-MDBO)
                   u ← (1 − αη²)(u + D − D_prev) + αη² D                  estimator storm (Async-VRDBO)
t                  t½ = u + Σ_j ρ̃_ij − Σ_j ρ_ji,  t = w_ii t½             mixing asynchronous-tracking
ρ                  ρ_ji ← ρ_ji + w_ji t½                                  mixing asynchronous-tracking
s                  s⁺ = s + η (Π[w_ii v + Σ_j w_ij ṽ_j] − s),  v = s − βt   mixing asynchronous-tracking

ρ_ji is the sum of all that i has handed on to j; with v it is what i sends. ρ̃_ij and ṽ_j are the newest that i has
heard of j, and v its own where it has heard nothing. In the first step t = u, and nothing is handed on.

Defaults are ours. A tracker keeps the share w_ii, a third on a ring, of what it is in rounds. On the quadratic problem,
eight nodes on a ring and one of them ten times slower, Async-SOBA is stable up to steps of 2, and with 0.5 where
messages take up to two and a half; Async-MDBO and Async-VRDBO have the steps of MDBO and VRDBO on a ring, and bear
messages of five and of three steps.
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition
from p2pbo.algorithms.limit_point import LimitPoint
from p2pbo.algorithms.notation import HE_NOTATION

MIXING = "asynchronous-tracking"
LEDGER = "Tian et al. 2018, Zhu et al. 2023"


@ALGORITHMS.register("async-soba")
def async_soba() -> Composition:
    """Async-SOBA: SOBA's directions, nodes that never wait, and a ledger of trackers (after Tian 2018, Zhu 2023)."""
    return Composition(
        hypergradient="tracked",
        estimator="sgd",
        mixing=MIXING,
        paper=f"{LEDGER} (listings not at hand)",
        limit_point=LimitPoint.SOLUTION,
        defaults={"alpha": 0.5, "beta": 0.5, "gamma": 0.5},
        notation=HE_NOTATION,
    )


@ALGORITHMS.register("async-mdbo")
def async_mdbo() -> Composition:
    """Async-MDBO: MDBO's directions and momentum, nodes that never wait, and a ledger (after Tian 2018, Zhu 2023)."""
    return Composition(
        hypergradient="neumann",
        estimator="momentum",
        mixing=MIXING,
        paper=f"Gao 2023, Alg. 1, by the ledger of {LEDGER}",
        limit_point=LimitPoint.BIASED,
        defaults={"eta": 0.1, "alpha1": 1.0, "alpha2": 1.0, "beta1": 3.0, "beta2": 3.0},
    )


@ALGORITHMS.register("async-vrdbo")
def async_vrdbo() -> Composition:
    """Async-VRDBO: VRDBO's directions and STORM, nodes that never wait, and a ledger (after Tian 2018, Zhu 2023)."""
    return Composition(
        hypergradient="neumann",
        estimator="storm",
        mixing=MIXING,
        paper=f"Gao 2023, Alg. 2, by the ledger of {LEDGER}",
        limit_point=LimitPoint.BIASED,
        defaults={"eta": 0.33, "alpha1": 5.0, "alpha2": 5.0, "beta1": 3.0, "beta2": 3.0},
    )
