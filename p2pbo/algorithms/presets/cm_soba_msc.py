"""CM-SOBA with multi-step compression: R rounds of the codec in one message, R fresh batches (He 2024, Alg. 4)."""

from __future__ import annotations

from p2pbo.algorithms.algorithm import METHODS
from p2pbo.algorithms.composition import Method
from p2pbo.algorithms.notation import LETTERED


@METHODS.register("cm-soba-msc")
def cm_soba_msc() -> Method:
    """CM-SOBA-MSC: CM-SOBA with R compressions and R batches a step (He 2024, Alg. 4)."""
    return Method(
        hypergradient="tracked",
        estimator="sgd",
        mixing={"x": "innovations-momentum", "y": "innovations", "z": "innovations"},
        paper="He 2024, Alg. 4",
        defaults={"alpha": 0.02, "beta": 0.02, "gamma": 0.02, "theta": 0.1, "rounds": 2},
        notation=LETTERED,
    )
