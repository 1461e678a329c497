"""GraphML, written with the mixing weights."""

from __future__ import annotations

from pathlib import Path

import networkx as nx

from p2pbo.errors import InputError
from p2pbo.topology.topology import Topology


def write_graphml(topology: Topology, path: Path) -> None:
    """Write the graph, its attributes, and the weight of each edge as ``mixing_weight``.

    Raises:
        InputError: the file cannot be written.
    """
    graph = nx.Graph()  # without what is known of the graph itself, such as its layout
    graph.add_nodes_from(topology.graph.nodes(data=True))
    graph.add_edges_from(topology.graph.edges(data=True))
    for i, j, w in zip(topology.source, topology.target, topology.weight, strict=True):
        graph.edges[int(i), int(j)]["mixing_weight"] = float(w)
    try:
        nx.write_graphml_xml(graph, path)
    except OSError as error:
        reason = (error.strerror or "I/O error").lower()
        raise InputError(str(path), f"cannot be written ({reason})", "check the path") from None
