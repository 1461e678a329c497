"""GML files, read by networkx."""

from __future__ import annotations

import re
from pathlib import Path

import networkx as nx

from p2pbo.errors import InputError
from p2pbo.reading import read_text
from p2pbo.topology.files.edge_list_rows import line_subject
from p2pbo.topology.files.limits import check_names, check_size

MOST_BYTES = 2**25

_REMEDY = "save it anew, or as GraphML"
_LONGEST_CAUSE = 200
_PLACE = re.compile(r" at \((\d+), \d+\)")


def read_gml(path: Path) -> nx.Graph:
    """Read the graph of a GML file, ids as nodes and labels as an attribute.

    Raises:
        InputError: the file is malformed, or the graph too large.
        OSError: it cannot be read.
    """
    lines = read_text(path, MOST_BYTES).split("\n")
    try:
        graph = nx.parse_gml(lines, label="id")
    except nx.NetworkXError as error:
        raise _refusal(path, str(error)) from None
    except RecursionError:
        raise InputError(str(path), "has too many lists one in another", _REMEDY) from None
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise _refusal(path, f"{type(error).__name__}: {error}") from None
    check_size(str(path), graph.nodes, graph.edges)
    check_names(str(path), (str(name) for _, name in graph.nodes(data="label", default="")))
    return graph


def _refusal(path: Path, said: str) -> InputError:
    """Return the error of networkx as an InputError that names the line."""
    found = _PLACE.search(said)
    subject = str(path) if found is None else line_subject(str(path), int(found[1]))
    cause = " ".join(_PLACE.sub("", said).split())
    return InputError(subject, f"is no GML that networkx reads: {cause[:_LONGEST_CAUSE]}", _REMEDY)
