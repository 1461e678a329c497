"""Families of graphs; a new one is one new file here with one registered function."""

from __future__ import annotations

import networkx as nx

from p2pbo.errors import InputError
from p2pbo.registry import Registry
from p2pbo.topology.edges import Integers

GRAPHS: Registry[nx.Graph] = Registry("topology", "p2pbo.topology.graphs")
"""Functions ``(nodes, seed, /, *, options) -> nx.Graph``: nodes 0 … K−1, undirected, connected, no self loops.

Attributes of the graph say what is known about it: ``vertex_transitive=True`` (every node sees the same graph:
one node's distances and spectral density are everyone's), ``layout="circle"``, ``"arc"``, ``"star"``, or
``"lattice"`` with ``shape=(rows, columns)`` (how to draw it).
"""


def graph_of(nodes: int, source: Integers, target: Integers, **known: object) -> nx.Graph:
    """The graph with these edges; repeated ones count once, and an edge from a node to itself does not count."""
    graph = nx.Graph(**known)
    graph.add_nodes_from(range(nodes))
    edge = source != target
    graph.add_edges_from(zip(source[edge].tolist(), target[edge].tolist(), strict=True))
    return graph


def nodes_in(spec: str) -> int | None:
    """Return how many nodes a specification with a shape stands for: ``torus:3x5`` is 15; None without a shape."""
    sides = spec.partition(":")[2].split("x")
    if len(sides) != 2 or not all(side.isdecimal() for side in sides):
        return None
    return int(sides[0]) * int(sides[1])


def family(spec: str, nodes: int | None, seed: int) -> nx.Graph:
    """Return the graph that ``NAME`` or ``NAME:ARGUMENT`` stands for.

    Raises:
        InputError: the name is unknown, its argument is refused, or no such graph has this many nodes.
    """
    entry, settings = GRAPHS.check(spec)
    size = nodes_in(spec) if nodes is None else nodes
    if size is None:
        raise InputError(f"topology {spec}", "comes in every size", "say how many nodes: --nodes K")
    if size < 1:
        raise InputError(f"topology {spec}", f"cannot have {size} nodes", "use --nodes 1 or more")
    return entry.make(size, seed, **settings)
