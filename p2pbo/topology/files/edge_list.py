"""Edge lists: one edge a line, two node names between blanks; ``#`` begins a comment."""

from __future__ import annotations

from pathlib import Path

import networkx as nx

from p2pbo.errors import InputError
from p2pbo.reading import read_text
from p2pbo.topology.files.limits import LONGEST_NAME, MOST_EDGES, MOST_NODES

MOST_BYTES = 2**26


def read_edge_list(path: Path) -> nx.Graph:
    """The undirected graph of an edge list; node names that are all integers are read as integers.

    Raises:
        InputError: a line does not hold two names, the file is not text, or the graph is too large.
        OSError: it cannot be read.
    """
    edges = []
    for number, line in enumerate(read_text(path, MOST_BYTES).split("\n"), start=1):
        if names := line.partition("#")[0].split():
            _check_edge(f"{path}, line {number},", names)
            edges.append(names)
    nodes = {name for names in edges for name in names}
    for most, found, what in ((MOST_EDGES, edges, "edges"), (MOST_NODES, nodes, "nodes")):
        if len(found) > most:
            raise InputError(f"{path}", f"has {len(found)} {what}", f"give a graph of {most} or fewer")
    graph = nx.Graph()
    if all(name.isdecimal() for name in nodes):
        graph.add_edges_from((int(a), int(b)) for a, b in edges)
    else:
        graph.add_edges_from(edges)
    return graph


def _check_edge(place: str, names: list[str]) -> None:
    if len(names) != 2:
        cause = f"has {len(names)} column{'s' * (len(names) > 1)} where an edge has 2"
        raise InputError(place, cause, "use GraphML for edges with attributes")
    if (longest := max(map(len, names))) > LONGEST_NAME:
        raise InputError(place, f"has a name of {longest} characters", f"use {LONGEST_NAME} at most")
