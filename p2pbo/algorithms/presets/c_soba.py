"""C-SOBA over a graph: every node sends its compressed directions, all average what they decode (He 2024, Alg. 1).

X⁺ = mix(X) − αW C(Dx),  Y⁺ = mix(Y) − βW C(Dy),  Z⁺ = Π(mix(Z) − γW C(Dz))
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition
from p2pbo.algorithms.notation import HE_NOTATION


@ALGORITHMS.register("c-soba")
def c_soba() -> Composition:
    """C-SOBA: compressed directions, averaged over the neighbours (He 2024, Alg. 1)."""
    return Composition(
        hypergradient="tracked",
        estimator="sgd",
        mixing="innovations",
        paper="He 2024, Alg. 1",
        defaults={"alpha": 0.02, "beta": 0.02, "gamma": 0.02},
        notation=HE_NOTATION,
    )
