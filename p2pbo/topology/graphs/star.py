"""The star."""

from __future__ import annotations

import networkx as nx
import numpy as np

from p2pbo.topology.graphs import GRAPHS, graph_from_edges


@GRAPHS.register("star")
def star(nodes: int, seed: int, /) -> nx.Graph:
    """Node 0 talks to everyone, everyone else to node 0 alone."""
    leaf = np.arange(1, nodes)
    return graph_from_edges(nodes, np.zeros_like(leaf), leaf, layout="star")
