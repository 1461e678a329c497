"""VRDBO: STORM variance reduction and gradient tracking (Gao 2023, Alg. 2).

U ← D + (1 − αη²)(U − D_prev),  T⁺ = W T + U − U_prev,  V⁺ = V − ηV(I − W) − βηT⁺
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition


@ALGORITHMS.register("vrdbo")
def vrdbo() -> Composition:
    """VRDBO: STORM variance reduction and gradient tracking (Gao 2023, Alg. 2)."""
    return Composition(
        hypergradient="neumann",
        estimator="storm",
        mixing="tracking",
        paper="Gao 2023, Alg. 2",
        defaults={"eta": 0.33, "alpha1": 5.0, "alpha2": 5.0, "beta1": 1.0, "beta2": 1.0},
    )
