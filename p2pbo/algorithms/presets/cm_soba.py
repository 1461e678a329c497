"""CM-SOBA over a graph: C-SOBA with momentum on x after the average (He 2024, Alg. 1).

X⁺ = mix(X) − αH,  H⁺ = (1 − θ)H + θW C(Dx);  y and z as in C-SOBA
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import METHODS
from p2pbo.algorithms.composition import Method
from p2pbo.algorithms.notation import LETTERED


@METHODS.register("cm-soba")
def cm_soba() -> Method:
    """CM-SOBA: C-SOBA with momentum on x after the average (He 2024, Alg. 1)."""
    return Method(
        hypergradient="tracked",
        estimator="sgd",
        mixing={"x": "innovations-momentum", "y": "innovations", "z": "innovations"},
        paper="He 2024, Alg. 1",
        defaults={"alpha": 0.02, "beta": 0.02, "gamma": 0.02, "theta": 0.1},
        notation=LETTERED,
    )
