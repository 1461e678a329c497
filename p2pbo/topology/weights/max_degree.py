"""Maximum-degree weights."""

from __future__ import annotations

import numpy as np

from p2pbo.topology.edges import Edges, Reals
from p2pbo.topology.weights import WEIGHTS


@WEIGHTS.register("max-degree")
def max_degree(edges: Edges, /) -> Reals:
    """w_ij = 1 / (1 + d_max): the same weight on every edge."""
    return np.full(len(edges.source), 1 / (1 + edges.degree.max()))
