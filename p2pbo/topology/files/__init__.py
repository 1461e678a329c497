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
from p2pbo.topology.user_graphs import numbered_graph

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
"""The reader of each suffix; files may be packed by gzip, bzip2 or xz."""

_PACKED = (".gz", ".bz2", ".xz")


def format_suffix(path: Path) -> str:
    """Return the suffix of a file that names its format: ``.graphml`` of ``NET.GRAPHML`` and ``net.graphml.gz``."""
    suffixes = (suffix.lower() for suffix in reversed(path.suffixes))
    return next((suffix for suffix in suffixes if suffix not in _PACKED), "")


def read_graph(path: Path, undirected: bool = False) -> nx.Graph:
    """Read the graph in a file, nodes numbered 0 … K−1.

    Args:
        path: the file, whose suffix names its format.
        undirected: read a directed graph as an undirected one.

    Raises:
        InputError: there is no such file, or it is malformed; the message names the file and the line.
    """
    try:
        if format_suffix(path) not in READERS:
            path.stat()
            raise InputError(
                str(path), "is no graph file that p2pbo reads", f"use one of {', '.join(READERS)}"
            )
        graph = READERS[format_suffix(path)](path)
    except OSError as error:
        reason = (error.strerror or "I/O error").lower()
        raise InputError(str(path), f"cannot be read ({reason})", "check the path") from None
    return numbered_graph(str(path), graph, undirected)
