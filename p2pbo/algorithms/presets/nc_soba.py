"""NC-SOBA, the uncompressed SOBA of He 2024 over a graph: every node steps, then all average.

X⁺ = W(X − αDx),  Y⁺ = W(Y − βDy),  Z⁺ = Π(W(Z − γDz))
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition
from p2pbo.algorithms.notation import HE_NOTATION


@ALGORITHMS.register("nc-soba")
def nc_soba() -> Composition:
    """NC-SOBA: tracked hypergradient, adapt then combine, no compression (He 2024)."""
    return Composition(
        hypergradient="tracked",
        estimator="sgd",
        mixing="atc",
        paper="He 2024, Sec. 3",
        defaults={"alpha": 0.1, "beta": 0.1, "gamma": 0.1},
        notation=HE_NOTATION,
    )
