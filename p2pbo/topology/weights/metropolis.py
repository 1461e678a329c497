"""Metropolis weights."""

from __future__ import annotations

import numpy as np

from p2pbo.topology.edges import Edges, Reals
from p2pbo.topology.weights import WEIGHTS


@WEIGHTS.register("metropolis")
def metropolis(edges: Edges, /) -> Reals:
    """w_ij = 1 / (1 + max(d_i, d_j)): each edge needs to know its own ends only (Xiao, Boyd 2004)."""
    degree = edges.degree
    weight: Reals = 1 / (1 + np.maximum(degree[edges.source], degree[edges.target]))
    return weight
