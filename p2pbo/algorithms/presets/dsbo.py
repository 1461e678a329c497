"""DSBO: stochastic directions and gossip (Chen et al. 2022, as simplified in Gao 2023).

X⁺ = W X − ηD,  Y⁺ = W Y − ηG
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition


@ALGORITHMS.register("dsbo")
def dsbo() -> Composition:
    """DSBO: stochastic directions and gossip (Chen et al. 2022, as simplified in Gao 2023)."""
    return Composition(
        hypergradient="neumann",
        estimator="sgd",
        mixing="gossip",
        paper="Gao 2023, Sec. 6",
        defaults={"eta": 0.1},
    )
