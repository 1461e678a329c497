"""EF-SOBA with multi-step compression: R rounds of the codec in one message, R fresh batches (He 2024, Alg. 5)."""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition
from p2pbo.algorithms.notation import HE_NOTATION


@ALGORITHMS.register("ef-soba-msc")
def ef_soba_msc() -> Composition:
    """EF-SOBA-MSC: EF-SOBA with R compressions and R batches a step (He 2024, Alg. 5)."""
    return Composition(
        hypergradient="tracked",
        estimator={"x": "momentum", "y": "sgd", "z": "sgd"},
        mixing={"x": "error-feedback-late", "y": "error-feedback", "z": "error-feedback"},
        paper="He 2024, Alg. 5",
        defaults={"alpha": 0.02, "beta": 0.02, "gamma": 0.02, "theta": 0.1, "rounds": 2},
        notation=HE_NOTATION,
    )
