"""The diameter: the longest of the shortest paths."""

from __future__ import annotations

import networkx as nx
import numpy as np

from p2pbo.topology.edges import Edges
from p2pbo.topology.topology import Topology

_ALL_PAIRS_NODES = 2048
_SWEEPS = 4
_WORDS = 1 << 22


def diameter(topology: Topology) -> tuple[int, bool]:
    """Return the diameter in edges, and whether it is exact or a lower bound.

    Exact for vertex-transitive graphs (one search), for trees (the farthest node from a farthest node), and up to
    2048 nodes (all pairs); otherwise the longest distance that four searches find, each from the end of the one
    before.
    """
    graph, K = topology.graph, topology.nodes
    if graph.graph.get("vertex_transitive", False):
        return _farthest(graph, 0)[1], True
    tree = graph.number_of_edges() == K - 1
    if not tree and K <= _ALL_PAIRS_NODES:
        return longest_distance(topology.edges), True
    node, longest = 0, 0
    for _ in range(_SWEEPS):
        node, distance = _farthest(graph, node)
        longest = max(longest, distance)
    return longest, tree


def _farthest(graph: nx.Graph, node: int) -> tuple[int, int]:
    """Return the node that a breadth-first search from ``node`` reaches last, and its distance."""
    distance = nx.single_source_shortest_path_length(graph, node)
    last = next(reversed(distance))
    return last, distance[last]


def longest_distance(edges: Edges) -> int:
    """Return the diameter of a connected graph by breadth-first search from all nodes at once, a bit each.

    reached_i ← reached_i | reached_j for all neighbours j: after t rounds the nodes within distance t of i.
    """
    K = edges.nodes
    if K == 1:
        return 0
    bits = np.packbits(np.eye(K, dtype=bool), axis=1)
    first = np.searchsorted(edges.source, np.arange(K))
    width = max(1, _WORDS // len(edges.source))
    longest = 0
    for column in range(0, bits.shape[1], width):
        reached = np.ascontiguousarray(bits[:, column : column + width])
        full = np.bitwise_or.reduce(reached, axis=0)
        rounds = 0
        while not (reached == full).all():
            reached |= np.bitwise_or.reduceat(reached[edges.target], first, axis=0)
            rounds += 1
        longest = max(longest, rounds)
    return longest
