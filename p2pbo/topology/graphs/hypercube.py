"""The hypercube."""

from __future__ import annotations

import networkx as nx
import numpy as np

from p2pbo.errors import InputError
from p2pbo.topology.graphs import GRAPHS, graph_from_edges


@GRAPHS.register("hypercube")
def hypercube(nodes: int, seed: int, /) -> nx.Graph:
    """Nodes whose binary numbers differ in one digit are neighbours; K is a power of two.

    Raises:
        InputError: K is no power of two.
    """
    dimensions = nodes.bit_length() - 1
    if nodes != 2**dimensions:
        below, above = 2**dimensions, 2 ** (dimensions + 1)
        raise InputError(
            "topology hypercube",
            f"needs a power of two and got {nodes} nodes",
            f"use --nodes {below} or {above}",
        )
    node, digit = np.arange(nodes), np.arange(dimensions)
    target = node[:, None] ^ (1 << digit)
    return graph_from_edges(nodes, node.repeat(dimensions), target.ravel(), vertex_transitive=True)
