"""The ring."""

from __future__ import annotations

import networkx as nx
import numpy as np

from p2pbo.topology.graphs import GRAPHS, graph_from_edges


@GRAPHS.register("ring")
def ring(nodes: int, seed: int, /) -> nx.Graph:
    """Every node talks to the one before and the one after; a ring of 2 has one edge."""
    node = np.arange(nodes)
    return graph_from_edges(nodes, node, (node + 1) % nodes, vertex_transitive=True, layout="circle")
