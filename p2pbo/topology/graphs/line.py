"""The line."""

from __future__ import annotations

import networkx as nx
import numpy as np

from p2pbo.topology.graphs import GRAPHS, graph_from_edges


@GRAPHS.register("line")
def line(nodes: int, seed: int, /) -> nx.Graph:
    """A ring that lacks one edge: the slowest of all connected graphs to agree."""
    node = np.arange(nodes - 1)
    return graph_from_edges(nodes, node, node + 1, layout="arc")
