"""GraphML files, written with the mixing weights."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from p2pbo.errors import InputError
from p2pbo.topology.stored_weights import MIXING_WEIGHT
from p2pbo.topology.topology import Topology

_HELD = (str, bool, int, float, np.integer, np.floating, np.bool_)
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_graphml(topology: Topology, path: Path) -> None:
    """Write the graph of a topology, its attributes, and the weight of each edge as ``mixing_weight``.

    Edges of directed graphs have none: R and C follow from the degrees.

    Raises:
        InputError: the file is not called .graphml or cannot be written, the graph changes from round to round, or
            GraphML cannot hold an attribute.
    """
    if path.suffix.lower() != ".graphml":
        raise InputError(str(path), "is to hold GraphML and is called otherwise", "call it .graphml")
    if topology.period > 1:
        cause = "changes from round to round, and a file holds one graph"
        raise InputError(f"topology {topology.name}", cause, "write each of its graphs by networkx")
    # without what is known of the graph itself, such as its layout
    graph = nx.DiGraph() if topology.directed else nx.Graph()
    graph.add_nodes_from(topology.graph.nodes(data=True))
    graph.add_edges_from(topology.graph.edges(data=True))
    if not topology.directed:
        for i, j, w in zip(topology.source, topology.target, topology.weight, strict=True):
            graph.edges[int(i), int(j)][MIXING_WEIGHT] = float(w)
    for held in (*graph.nodes.values(), *graph.edges.values()):
        _check(str(path), held)
    try:
        nx.write_graphml_xml(graph, path)
    except OSError as error:
        reason = (error.strerror or "I/O error").lower()
        raise InputError(str(path), f"cannot be written ({reason})", "check the path") from None


def _check(subject: str, held: Mapping[str, Any]) -> None:
    for name, value in held.items():
        texts: Iterable[str] = (text for text in (name, value) if isinstance(text, str))
        if not isinstance(value, _HELD) or any(_NO_XML.search(text) for text in texts):
            cause = f"cannot hold the attribute {name!r} of a node or edge, which is {value!r:.60}"
            raise InputError(subject, cause, "leave it out of the graph, or make it a number or plain text")
