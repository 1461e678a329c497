"""The diameter of the graph of ranks: how many steps a notice takes to reach all of them."""

from __future__ import annotations

import networkx as nx

from p2pbo.arrays import distinct
from p2pbo.network.placement import Placement
from p2pbo.topology import Topology
from p2pbo.topology.edges import Edges
from p2pbo.topology.spectrum.diameter import longest_distance


def rank_diameter(topology: Topology, placement: Placement) -> int:
    """Return the diameter of the network of ranks: the steps after which all know what one of them has known.

    Over a directed graph ranks hear of those alone that send to them, and the ways are the longer for it.
    """
    source, target = placement.rank_of(topology.source), placement.rank_of(topology.target)
    pairs = distinct((placement.ranks * source + target)[source != target])
    graph = nx.empty_graph(placement.ranks, create_using=nx.DiGraph)
    graph.add_edges_from(zip(*(end.tolist() for end in divmod(pairs, placement.ranks)), strict=True))
    return longest_distance(Edges.of(graph))
