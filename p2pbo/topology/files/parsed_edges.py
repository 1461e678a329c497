"""The edges that a reader has parsed, and the graph of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import networkx as nx

from p2pbo.errors import InputError
from p2pbo.topology.edges import display_name
from p2pbo.topology.files.edge_list_rows import line_subject


class ParsedEdge(NamedTuple):
    """An edge of a file: its ends, whether it only goes from source to target, its attributes, and its line."""

    source: Any
    target: Any
    one_way: bool
    attributes: Mapping[str, Any]
    line: int


def graph_from_parsed_edges(
    subject: str, nodes: Iterable[tuple[Any, Mapping[str, Any]]], edges: Sequence[ParsedEdge]
) -> nx.Graph:
    """Return the graph of parsed edges: directed if one goes one way, with all others in both directions.

    Args:
        subject: the name of the file in messages.
        nodes: the nodes with their attributes.
        edges: the edges in their order.

    Raises:
        InputError: an edge is there a second time; the message names its line.
    """
    directed = any(edge.one_way for edge in edges)
    graph = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(nodes)
    for edge in edges:
        ends = (edge.source, edge.target)
        directions = [ends, ends[::-1]][: 1 + (directed and not edge.one_way)]
        if any(graph.has_edge(*direction) for direction in directions):
            names = " – ".join(display_name(graph.nodes[end].get("label", end)) for end in ends)
            raise InputError(line_subject(subject, edge.line), f"has {names} a second time", "keep one edge")
        graph.add_edges_from((*direction, edge.attributes) for direction in directions)
    return graph
