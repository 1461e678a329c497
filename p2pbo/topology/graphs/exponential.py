"""The static exponential graph (Ying et al. 2021), made undirected."""

from __future__ import annotations

import networkx as nx
import numpy as np

from p2pbo.topology.graphs import GRAPHS, graph_from_edges


@GRAPHS.register("exponential")
def exponential(nodes: int, seed: int, /) -> nx.Graph:
    """Node i talks to i ± 1, i ± 2, i ± 4, … (mod K): few neighbours, few rounds."""
    node = np.arange(nodes)
    hop = 1 << np.arange((nodes - 1).bit_length())  # all powers of two below K
    target = (node[:, None] + hop) % nodes
    return graph_from_edges(
        nodes, node.repeat(len(hop)), target.ravel(), vertex_transitive=True, layout="circle"
    )
