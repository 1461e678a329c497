"""Families of graphs; a new family is a file here with one registered function."""

from __future__ import annotations

from contextlib import suppress

import networkx as nx

from p2pbo.errors import InputError
from p2pbo.registry import Registry
from p2pbo.shipped import shipped_topologies
from p2pbo.topology.edges import Integers

GRAPHS: Registry[nx.Graph] = Registry("topology", "p2pbo.topology.graphs", shipped_topologies)
"""Functions ``(nodes, seed, /, *, options) -> nx.Graph``: nodes 0 … K−1, connected, no self loops.

A directed graph (``nx.DiGraph``) is strongly connected: a path leads from every node to every other one.

Attributes of the graph: ``drawn=True`` (another seed gives another graph), ``vertex_transitive=True`` (every node sees
the same graph, so all have the distances and the spectral density of one), and how to draw it: ``layout="circle"``,
``"arc"``, ``"star"``, or ``"lattice"`` with ``shape=(rows, columns)``.
"""


def graph_from_edges(nodes: int, source: Integers, target: Integers, **known: object) -> nx.Graph:
    """Return the graph with these edges and attributes; repeated edges count once, self loops are dropped."""
    return _filled(nx.Graph(**known), nodes, source, target)


def directed_graph_from_edges(nodes: int, source: Integers, target: Integers, **known: object) -> nx.DiGraph:
    """Return the directed graph with these edges and attributes; repeated edges count once, self loops are dropped."""
    return _filled(nx.DiGraph(**known), nodes, source, target)


def _filled(graph: nx.Graph, nodes: int, source: Integers, target: Integers) -> nx.Graph:
    graph.add_nodes_from(range(nodes))
    edge = source != target
    graph.add_edges_from(zip(source[edge].tolist(), target[edge].tolist(), strict=True))
    return graph


def nodes_in_spec(spec: str) -> int | None:
    """Return the number of nodes of a specification with a shape: 15 of ``torus:3x5``; None without a shape."""
    sides = spec.partition(":")[2].split("x")
    if len(sides) != 2 or not all(side.isdecimal() for side in sides):
        return None
    return int(sides[0]) * int(sides[1])


def family_graph(spec: str, nodes: int | None, seed: int) -> nx.Graph:
    """Return the graph of a family that is given as ``NAME`` or ``NAME:ARGUMENT``.

    Raises:
        InputError: the name is unknown, its argument is refused, or no such graph has this many nodes.
    """
    entry, settings = GRAPHS.check(spec)
    size = nodes_in_spec(spec) if nodes is None else nodes
    if size is None:
        raise InputError(f"topology {spec}", "comes in every size", "say how many nodes: --nodes K")
    if size < 1:
        raise InputError(f"topology {spec}", f"cannot have {size} nodes", "use --nodes 1 or more")
    return entry.make(size, seed, **settings)


def is_directed(spec: str) -> bool:
    """Tell whether the graphs of a family are directed; every family that is has one of one node."""
    with suppress(InputError):
        return family_graph(spec, 1, 0).is_directed()
    return False
