"""Graphs from files: GraphML, GML, Pajek, and edge lists between blanks, commas, semicolons or tabs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import networkx as nx

from p2pbo.errors import InputError
from p2pbo.topology.files.edge_list import read_edge_list
from p2pbo.topology.files.gml import read_gml
from p2pbo.topology.files.graphml import read_graphml
from p2pbo.topology.files.pajek import read_pajek
from p2pbo.topology.user_graphs import numbered

READERS: dict[str, Callable[[Path], nx.Graph]] = {
    ".graphml": read_graphml,
    ".gml": read_gml,
    ".net": read_pajek,
    ".edges": read_edge_list,
    ".edgelist": read_edge_list,
    ".txt": read_edge_list,
    ".csv": read_edge_list,
    ".tsv": read_edge_list,
}
"""How a file is read, by the end of its name; each may be packed by gzip, bzip2 or xz."""

_PACKED = (".gz", ".bz2", ".xz")


def ending(path: Path) -> str:
    """The end of a file's name that says what it holds: ``.graphml`` of ``NET.GRAPHML`` and ``net.graphml.gz``."""
    suffixes = (suffix.lower() for suffix in reversed(path.suffixes))
    return next((suffix for suffix in suffixes if suffix not in _PACKED), "")


def read_graph(path: Path, undirected: bool = False) -> nx.Graph:
    """Read the graph in a file, nodes numbered 0 … K−1.

    Args:
        path: the end of its name says how it is read.
        undirected: take a directed graph for the drawing of an undirected one.

    Raises:
        InputError: there is no such file, or it is malformed: the message names the file and the line.
    """
    try:
        if ending(path) not in READERS:
            path.stat()
            raise InputError(
                str(path), "is no graph file that p2pbo reads", f"use one of {', '.join(READERS)}"
            )
        graph = READERS[ending(path)](path)
    except OSError as error:
        reason = (error.strerror or "I/O error").lower()
        raise InputError(str(path), f"cannot be read ({reason})", "check the path") from None
    return numbered(str(path), graph, undirected)
