"""FedMBO over a graph: RABO whose nodes all train the whole model (Huang et al. 2023).

In every step, with fresh ζ in each local one; W X stands for the server's average:

y_i ← y_i − β gy(x_i, y_i; ζ)            T times, no communication
Y ← W Y
X ← W (X − α(fx − hxy(p))),  p ≈ [∇²_yy g]⁻¹ fy by a Neumann series
"""

from __future__ import annotations

from p2pbo.algorithms.algorithm import METHODS
from p2pbo.algorithms.listing import Listing
from p2pbo.algorithms.presets.rabo import RABO


@METHODS.register("fedmbo")
def fedmbo() -> Listing:
    """FedMBO: local steps on y, averages with the neighbours (Huang et al. 2023; RABO with whole models)."""
    return Listing(RABO, paper="Huang et al. 2023", hypergradient="neumann")
