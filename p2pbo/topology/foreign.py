"""Graphs that were not made here: their nodes numbered 0 … K−1, their edges checked."""

from __future__ import annotations

from numbers import Integral

import networkx as nx

from p2pbo.errors import InputError


def numbered(subject: str, given: nx.Graph) -> nx.Graph:
    """An undirected copy with nodes 0 … K−1, node and edge attributes kept, the old name as ``label``.

    Nodes that are called by integers are numbered in that order, others in the order of the graph. Attributes
    of the graph itself are left out: what is known of a family is not taken on trust.

    Raises:
        InputError: the graph is empty, has a self loop or parallel edges, or an edge in one direction only.
    """
    if not given.number_of_nodes():
        raise InputError(subject, "has no nodes", "give it at least one")
    if given.is_multigraph() and given.number_of_edges() != len(set(given.edges())):
        raise InputError(subject, "has parallel edges", "merge them, for example with networkx.Graph(graph)")
    for a, b in given.edges():
        if a == b:
            remedy = "remove it: self weights follow from the weighting"
            raise InputError(subject, f"has an edge from node {a!r} to itself", remedy)
        if given.is_directed() and not given.has_edge(b, a):
            remedy = "add the other direction, or use graph.to_undirected()"
            raise InputError(subject, f"is directed: {a!r} → {b!r} has no edge back", remedy)
    whole = all(isinstance(node, Integral) for node in given)
    order = sorted(given) if whole else list(given)
    number = {node: i for i, node in enumerate(order)}
    graph = nx.Graph()
    graph.add_nodes_from((number[node], {"label": str(node), **given.nodes[node]}) for node in order)
    graph.add_edges_from((number[a], number[b], attributes) for a, b, attributes in given.edges(data=True))
    return graph
