"""EF-SOBA over a graph: compressed directions with error feedback and tracking (He 2024, Alg. 2).

h⁺ = (1 − θ)h + θDx                                                    (12a)
x       T = m⁺ = m + δ_u C(h⁺ − m)                                     (12b), (12c)
y, z    T = m + C(D − m),  m⁺ = m + δ_ℓ C(D − m)                       (13), (14)
G⁺ = mix(G) + W(T⁺ − T)                                                in the server's place
X⁺ = mix(X) − αG,  Y⁺ = mix(Y) − βG⁺,  Z⁺ = Π(mix(Z) − γG⁺)            (12d)
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition
from p2pbo.algorithms.notation import HE_NOTATION


@ALGORITHMS.register("ef-soba")
def ef_soba() -> Composition:
    """EF-SOBA: compressed directions with error feedback, tracked (He 2024, Alg. 2)."""
    return Composition(
        hypergradient="tracked",
        estimator={"x": "momentum", "y": "sgd", "z": "sgd"},
        mixing={"x": "error-feedback-late", "y": "error-feedback", "z": "error-feedback"},
        paper="He 2024, Alg. 2",
        defaults={"alpha": 0.02, "beta": 0.02, "gamma": 0.02, "theta": 0.1},
        notation=HE_NOTATION,
    )
