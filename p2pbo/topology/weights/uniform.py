"""Uniform weights."""

from __future__ import annotations

import numpy as np

from p2pbo.errors import InputError
from p2pbo.topology.edges import Edges, Reals
from p2pbo.topology.weights import WEIGHTS


@WEIGHTS.register("uniform")
def uniform(edges: Edges, /) -> Reals:
    """w_ij = 1/K: the exact average in one round, on complete graphs only.

    Raises:
        InputError: some nodes are no neighbours.
    """
    K = edges.nodes
    lacking = np.flatnonzero(edges.degree < K - 1)
    if len(lacking):
        lonely = lacking[0]
        cause = f"node {edges.display_name(lonely)} has {edges.degree[lonely]} of {K - 1}"
        remedy = "use --weights metropolis, or --topology complete"
        raise InputError("weights uniform", f"need an edge between all nodes, and {cause}", remedy)
    return np.full(len(edges.source), 1 / K)
