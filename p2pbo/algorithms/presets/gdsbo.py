"""GDSBO: momentum and gossip (Yang et al. 2022, as simplified in Gao 2023).

U ← (1 − αη)U + αηD,  X⁺ = W X − ηU^x,  Y⁺ = W Y − ηU^y
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import METHODS
from p2pbo.algorithms.composition import Method


@METHODS.register("gdsbo")
def gdsbo() -> Method:
    """GDSBO: momentum and gossip (Yang et al. 2022, as simplified in Gao 2023)."""
    return Method(
        hypergradient="neumann",
        estimator="momentum",
        mixing="gossip",
        paper="Gao 2023, Sec. 6",
        defaults={"eta": 0.1, "alpha1": 1.0, "alpha2": 1.0},
    )
