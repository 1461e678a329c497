"""Graphs of users, from Python or a file: checked, numbered, and undirected where edges have both directions."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any

import networkx as nx

from p2pbo.errors import InputError
from p2pbo.topology.directions import merge_directions
from p2pbo.topology.edges import display_name


def numbered_graph(subject: str, given: nx.Graph, undirected: bool = False) -> nx.Graph:
    """Return a copy with nodes 0 … K−1 that keeps node and edge attributes, names as ``label``.

    A directed graph that has both directions of each edge is an undirected one.

    Nodes whose keys are integers are numbered in their order, others in the order of the graph. A node's name is its
    attribute ``label`` or ``name``, or else its key. Attributes of the graph itself are left out: what they claim (see
    ``GRAPHS``) is not taken on trust.

    Args:
        subject: the name of the graph in messages.
        given: the graph; where it has both directions of each edge, :mod:`p2pbo.topology.directions` merges them.
        undirected: read an edge in one direction as one in both.

    Raises:
        InputError: the graph is empty, or has a self loop or parallel edges.
    """
    if not given.number_of_nodes():
        raise InputError(subject, "has no nodes", "give it at least one")
    name = _names(given)
    _check_edges(subject, given, name)
    whole = all(isinstance(node, Integral) for node in given)
    order = sorted(given) if whole else list(given)
    number = {node: i for i, node in enumerate(order)}
    graph = nx.DiGraph() if given.is_directed() else nx.Graph()
    graph.add_nodes_from((number[node], {**given.nodes[node], "label": name[node]}) for node in order)
    graph.add_edges_from((number[a], number[b], attributes) for a, b, attributes in given.edges(data=True))
    both_ways = graph.is_directed() and (undirected or all(graph.has_edge(b, a) for a, b in graph.edges))
    return merge_directions(subject, graph) if both_ways else graph


def _names(given: nx.Graph) -> dict[Any, str]:
    """Return the names of the nodes; their keys where two nodes share a name."""
    names = {node: _name(node, attributes) for node, attributes in given.nodes(data=True)}
    return names if len(set(names.values())) == len(names) else {node: str(node) for node in given}


def _name(node: Any, attributes: Mapping[str, Any]) -> str:
    said = (attributes.get(key) for key in ("label", "name"))
    return next((text for text in said if isinstance(text, str) and text.strip()), str(node))


def _check_edges(subject: str, given: nx.Graph, name: Mapping[Any, str]) -> None:
    for a, b in given.edges():
        if a == b:
            remedy = "remove it: self weights follow from the weighting"
            raise InputError(subject, f"has an edge from node {display_name(name[a])} to itself", remedy)
        if given.is_multigraph() and given.number_of_edges(a, b) > 1:
            cause = f"has parallel edges between {display_name(name[a])} and {display_name(name[b])}"
            raise InputError(subject, cause, "merge them, for example with networkx.Graph(graph)")
