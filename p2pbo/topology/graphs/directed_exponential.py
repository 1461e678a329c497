"""The directed exponential graph (Assran et al. 2019)."""

from __future__ import annotations

import networkx as nx
import numpy as np

from p2pbo.topology.graphs import GRAPHS, directed_graph_from_edges


@GRAPHS.register("directed-exponential")
def directed_exponential(nodes: int, seed: int, /) -> nx.DiGraph:
    """Node i sends to i + 1, i + 2, i + 4, … (mod K) and hears i − 1, i − 2, i − 4, …: few edges, few rounds."""
    hop = 1 << np.arange((nodes - 1).bit_length())  # all powers of two below K
    source = np.arange(nodes).repeat(len(hop))
    target = (source + np.tile(hop, nodes)) % nodes
    return directed_graph_from_edges(nodes, source, target, vertex_transitive=True, layout="circle")
