"""MDBO: momentum and gradient tracking (Gao 2023, Alg. 1).

U ← (1 − αη)U + αηD,  T⁺ = W T + U − U_prev,  V⁺ = V − ηV(I − W) − βηT⁺
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition


@ALGORITHMS.register("mdbo")
def mdbo() -> Composition:
    """MDBO: momentum and gradient tracking (Gao 2023, Alg. 1)."""
    return Composition(
        hypergradient="neumann",
        estimator="momentum",
        mixing="tracking",
        paper="Gao 2023, Alg. 1",
        defaults={"eta": 0.1, "alpha1": 1.0, "alpha2": 1.0, "beta1": 1.0, "beta2": 1.0},
    )
