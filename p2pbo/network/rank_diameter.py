"""The diameter of the graph of ranks: how many steps a notice takes to reach all of them."""

from __future__ import annotations

import networkx as nx
import numpy as np

from p2pbo.network.placement import Placement
from p2pbo.topology import Topology
from p2pbo.topology.edges import Edges
from p2pbo.topology.spectrum.diameter import longest_distance


def rank_diameter(topology: Topology, placement: Placement) -> int:
    """Return the diameter of the network of ranks: the steps after which all know what one of them has known."""
    ends = placement.rank_of(topology.source), placement.rank_of(topology.target)
    graph = nx.empty_graph(placement.ranks)
    graph.add_edges_from((a, b) for a, b in np.unique(np.transpose(ends), axis=0).tolist() if a < b)
    return longest_distance(Edges.of(graph))
