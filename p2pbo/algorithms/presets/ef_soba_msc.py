"""EF-SOBA with multi-step compression: R rounds of the codec in one message, R fresh batches (He 2024, Alg. 5)."""

from __future__ import annotations

from p2pbo.algorithms.algorithm import METHODS
from p2pbo.algorithms.composition import Method
from p2pbo.algorithms.notation import LETTERED


@METHODS.register("ef-soba-msc")
def ef_soba_msc() -> Method:
    """EF-SOBA-MSC: EF-SOBA with R compressions and R batches a step (He 2024, Alg. 5)."""
    return Method(
        hypergradient="tracked",
        estimator={"x": "momentum", "y": "sgd", "z": "sgd"},
        mixing={"x": "error-feedback-late", "y": "error-feedback", "z": "error-feedback"},
        paper="He 2024, Alg. 5",
        defaults={"alpha": 0.02, "beta": 0.02, "gamma": 0.02, "theta": 0.1, "rounds": 2},
        notation=LETTERED,
    )
