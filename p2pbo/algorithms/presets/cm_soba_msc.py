"""CM-SOBA with multi-step compression: R rounds of the codec in one message, R fresh batches (He 2024, Alg. 4)."""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition
from p2pbo.algorithms.notation import HE_NOTATION


@ALGORITHMS.register("cm-soba-msc")
def cm_soba_msc() -> Composition:
    """CM-SOBA-MSC: CM-SOBA with R compressions and R batches a step (He 2024, Alg. 4)."""
    return Composition(
        hypergradient="tracked",
        estimator="sgd",
        mixing={"x": "innovations-momentum", "y": "innovations", "z": "innovations"},
        paper="He 2024, Alg. 4",
        defaults={"alpha": 0.02, "beta": 0.02, "gamma": 0.02, "theta": 0.1, "rounds": 2},
        notation=HE_NOTATION,
    )
