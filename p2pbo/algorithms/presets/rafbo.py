"""RAFBO: RABO with finite differences in the place of second derivatives (Li 2024, Alg. 2)."""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.custom_algorithm import CustomAlgorithm
from p2pbo.algorithms.presets.rabo import RABO


@ALGORITHMS.register("rafbo")
def rafbo() -> CustomAlgorithm:
    """RAFBO: RABO without second derivatives, by finite differences along coordinates of x (Li 2024, Alg. 2)."""
    return CustomAlgorithm(
        RABO, paper="Li 2024, Alg. 2", hypergradient="finite-differences", masks="importance"
    )
