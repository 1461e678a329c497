"""Graphs from files: GraphML and edge lists."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import networkx as nx

from p2pbo.errors import InputError
from p2pbo.topology.files.edge_list import read_edge_list
from p2pbo.topology.files.graphml import read_graphml
from p2pbo.topology.foreign import numbered

READERS: dict[str, Callable[[Path], nx.Graph]] = {
    ".graphml": read_graphml,
    ".edges": read_edge_list,
    ".edgelist": read_edge_list,
    ".txt": read_edge_list,
}
"""How a file is read, by the end of its name."""


def read_graph(path: Path) -> nx.Graph:
    """The graph in a file, nodes numbered 0 … K−1.

    Raises:
        InputError: there is no such file, or it is malformed: the message names the file and the line.
    """
    if path.suffix not in READERS:
        raise InputError(str(path), "is no graph file that p2pbo reads", f"use one of {', '.join(READERS)}")
    try:
        graph = READERS[path.suffix](path)
    except OSError as error:
        reason = (error.strerror or "I/O error").lower()
        raise InputError(str(path), f"cannot be read ({reason})", "check the path") from None
    return numbered(str(path), graph)
