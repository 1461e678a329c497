"""GDSBO: momentum and gossip (Yang et al. 2022, as simplified in Gao 2023).

U ← (1 − αη)U + αηD,  X⁺ = W X − ηU^x,  Y⁺ = W Y − ηU^y
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.composition import Composition


@ALGORITHMS.register("gdsbo")
def gdsbo() -> Composition:
    """GDSBO: momentum and gossip (Yang et al. 2022, as simplified in Gao 2023)."""
    return Composition(
        hypergradient="neumann",
        estimator="momentum",
        mixing="gossip",
        paper="Gao 2023, Sec. 6",
        defaults={"eta": 0.1, "alpha1": 1.0, "alpha2": 1.0},
    )
