"""The best constant edge weight."""

from __future__ import annotations

import numpy as np

from p2pbo.topology.edges import Edges, Reals
from p2pbo.topology.spectrum.laplacian import extreme_eigenvalues
from p2pbo.topology.weights import WEIGHTS


@WEIGHTS.register("optimal")
def optimal(edges: Edges, /) -> Reals:
    """w_ij = 2 / (μ_max + μ_min), μ of the graph Laplacian, 0 aside: the largest gap that one weight can give.

    Self weights may be negative (Xiao, Boyd 2004, §4.1).
    """
    smallest, largest = extreme_eigenvalues(edges, np.ones(len(edges.source)))
    return np.full(len(edges.source), 2 / (smallest + largest))
