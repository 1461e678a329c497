"""Edge lists: an undirected edge a line.

alice bob                        two names
alice bob {'bandwidth': 1e6}     and attributes, as networkx writes them
source,target,bandwidth          a first line may name the columns: the two ends, and attributes, blank where unknown
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import networkx as nx

from p2pbo.errors import InputError
from p2pbo.reading import read_text
from p2pbo.topology.edges import called
from p2pbo.topology.files.limits import check_names, check_size
from p2pbo.topology.files.rows import Row, place, rows
from p2pbo.topology.files.values import value

MOST_BYTES = 2**26

_ENDS = (("source", "target"), ("from", "to"), ("src", "dst"))
"""How a first line calls the ends of an edge, in any case."""

_TABLES = (".csv", ".tsv")
"""What the names of files end in whose columns may have blanks in them."""

Edge = tuple[str, str]


@dataclass(frozen=True)
class _Columns:
    """Which columns hold the ends of an edge, which its attributes, and how many there are.

    ``reserved`` are what the first line calls the ends: no node has such a name.
    """

    ends: tuple[int, int] = (0, 1)
    attributes: Mapping[int, str] | None = None
    count: int = 2
    reserved: frozenset[str] = frozenset()

    def edge(self, row: Row) -> tuple[Edge, dict[str, Any]]:
        """The edge of a row and its attributes.

        Raises:
            InputError: the row has other columns, or no name where one must be.
        """
        fields = _without_blank_end(row.fields, self.count)
        if len(fields) != self.count:
            cause = f"has {len(fields)} column{'s' * (len(fields) > 1)} where an edge has {self.count}"
            row.refuse(cause, "name all columns in the first line: source target bandwidth")
        source, target = (fields[end] for end in self.ends)
        if not (source and target):
            row.refuse("lacks an end of its edge", "name both")
        check_names(place(row.subject, row.line), (source, target))
        if taken := self.reserved & {source, target}:
            row.refuse(
                f"calls a node {called(min(taken))}, as the first line calls a column", "rename the node"
            )
        given = {name: value(fields[i]) for i, name in (self.attributes or {}).items() if fields[i]}
        return (source, target), given | row.attributes


def read_edge_list(path: Path) -> nx.Graph:
    """Read an undirected graph from an edge list; node names that are all whole numbers are read as such.

    Raises:
        InputError: a line is no edge, or says otherwise than another of the same edge; the file is not text, or the
            graph is too large.
        OSError: it cannot be read.
    """
    edges: dict[Edge, tuple[int, dict[str, Any]]] = {}
    tables = any(mark in path.name.lower() for mark in _TABLES)
    found = rows(str(path), read_text(path, MOST_BYTES), tabs=tables)
    for (a, b), row, attributes in _edges(found):
        edge = (b, a) if (b, a) in edges else (a, b)
        line, before = edges.setdefault(edge, (row.line, attributes))
        if attributes != before:
            cause = f"says otherwise of edge {called(a)} – {called(b)} than line {line}"
            row.refuse(cause, "keep one of the two")
        check_size(str(path), (), edges)
    nodes = dict.fromkeys(name for edge in edges for name in edge)
    check_size(str(path), nodes, edges)
    _check_header(str(path), edges)
    whole = all(name.isdecimal() for name in nodes) and len({int(name) for name in nodes}) == len(nodes)
    graph = nx.Graph()
    for (a, b), (_, attributes) in edges.items():
        graph.add_edges_from([(int(a), int(b), attributes) if whole else (a, b, attributes)])
    return graph


def _edges(found: Iterator[Row]) -> Iterator[tuple[Edge, Row, dict[str, Any]]]:
    first = next(found, None)
    if first is None:
        return
    columns = _named(first)
    below: Iterable[Row] = found if columns.reserved else chain([first], found)
    for row in below:
        edge, attributes = columns.edge(row)
        yield edge, row, attributes


def _named(first: Row) -> _Columns:
    """The columns as the first row names them; two where it is an edge."""
    known = [name.lower() for name in first.fields]
    ends = next((pair for pair in _ENDS if set(pair) <= set(known)), None)
    if ends is None:
        return _Columns()
    source, target = (known.index(end) for end in ends)
    others = {i: name for i, name in enumerate(first.fields) if name and i not in (source, target)}
    if len({*others.values(), *ends}) < len(others) + 2:
        first.refuse("has two columns of one name", "rename one")
    reserved = frozenset((first.fields[source], first.fields[target]))
    return _Columns((source, target), others, len(first.fields), reserved)


def _without_blank_end(fields: list[str], count: int) -> list[str]:
    """``fields`` without what is blank behind the last column."""
    while len(fields) > count and not fields[-1]:
        fields = fields[:-1]
    return fields


def _check_header(subject: str, edges: Mapping[Edge, tuple[int, Any]]) -> None:
    """Refuse a first line of names above numbers alone."""
    if len(edges) < 2:
        return
    first, *others = edges
    if not any(name.isdecimal() for name in first) and all(
        name.isdecimal() for edge in others for name in edge
    ):
        cause = "has names where all other lines have numbers"
        remedy = "call its columns source and target if they are that, or remove the line"
        raise InputError(place(subject, edges[first][0]), cause, remedy)
