"""From edges that go both ways or one way to a graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import networkx as nx

from p2pbo.errors import InputError
from p2pbo.topology.edges import called
from p2pbo.topology.files.edge_list_rows import place


class Edge(NamedTuple):
    """An edge of a file: its ends, whether it goes from source to target alone, its attributes, and its line."""

    source: Any
    target: Any
    one_way: bool
    attributes: Mapping[str, Any]
    line: int


def graph_of(subject: str, nodes: Iterable[tuple[Any, Mapping[str, Any]]], edges: Sequence[Edge]) -> nx.Graph:
    """Make a graph: directed if an edge goes one way, and all others then in both directions.

    Args:
        subject: the file.
        nodes: with their attributes.
        edges: in their order.

    Raises:
        InputError: an edge is there a second time; names its line.
    """
    directed = any(edge.one_way for edge in edges)
    graph = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(nodes)
    for edge in edges:
        ends = (edge.source, edge.target)
        ways = [ends, ends[::-1]][: 1 + (directed and not edge.one_way)]
        if any(graph.has_edge(*way) for way in ways):
            names = " – ".join(called(graph.nodes[end].get("label", end)) for end in ends)
            raise InputError(place(subject, edge.line), f"has {names} a second time", "keep one edge")
        graph.add_edges_from((*way, edge.attributes) for way in ways)
    return graph
