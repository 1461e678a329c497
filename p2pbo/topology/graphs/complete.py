"""The complete graph."""

from __future__ import annotations

import networkx as nx
import numpy as np

from p2pbo.topology.graphs import GRAPHS, graph_from_edges


@GRAPHS.register("complete")
def complete(nodes: int, seed: int, /) -> nx.Graph:
    """Everyone talks to everyone: one round of mixing is an exact average."""
    source, target = np.triu_indices(nodes, k=1)
    return graph_from_edges(nodes, source, target, vertex_transitive=True, layout="circle")
