"""Edge lists: one edge a line, two node names between blanks; ``#`` begins a comment."""

from __future__ import annotations

from pathlib import Path

import networkx as nx

from p2pbo.errors import InputError


def read_edge_list(path: Path) -> nx.Graph:
    """The undirected graph of an edge list; node names that are all integers are read as integers.

    Raises:
        InputError: a line does not hold two names, or the file is not text.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}, byte {error.start},", "is not UTF-8 text", "save it as UTF-8") from None
    edges = []
    for number, line in enumerate(lines, start=1):
        if names := line.partition("#")[0].split():
            if len(names) != 2:
                cause = f"has {len(names)} column{'s' * (len(names) > 1)} where an edge has 2"
                raise InputError(f"{path}, line {number},", cause, "use GraphML for edges with attributes")
            edges.append(names)
    graph = nx.Graph()
    if all(name.isdecimal() for names in edges for name in names):
        graph.add_edges_from((int(a), int(b)) for a, b in edges)
    else:
        graph.add_edges_from(edges)
    return graph
