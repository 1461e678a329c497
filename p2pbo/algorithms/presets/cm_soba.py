"""CM-SOBA over a graph: C-SOBA with momentum on x after the average (He 2024, Alg. 1).

X⁺ = mix(X) − αH,  H⁺ = (1 − θ)H + θW C(Dx);  y and z as in C-SOBA
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition
from p2pbo.algorithms.notation import HE_NOTATION


@ALGORITHMS.register("cm-soba")
def cm_soba() -> Composition:
    """CM-SOBA: C-SOBA with momentum on x after the average (He 2024, Alg. 1)."""
    return Composition(
        hypergradient="tracked",
        estimator="sgd",
        mixing={"x": "innovations-momentum", "y": "innovations", "z": "innovations"},
        paper="He 2024, Alg. 1",
        defaults={"alpha": 0.02, "beta": 0.02, "gamma": 0.02, "theta": 0.1},
        notation=HE_NOTATION,
    )
