"""Edge lists: one edge on each line.

alice bob                        two names
alice bob {'bandwidth': 1e6}     and attributes, as networkx writes them
source,target,bandwidth          a first line may name the columns: both ends, and attributes, blank where unknown
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import networkx as nx

from p2pbo.errors import InputError
from p2pbo.reading import read_text
from p2pbo.topology.edges import display_name
from p2pbo.topology.files.attribute_values import parse_value
from p2pbo.topology.files.edge_list_rows import EdgeListRow, edge_list_rows, line_subject
from p2pbo.topology.files.limits import check_names, check_size
from p2pbo.topology.files.parsed_edges import ParsedEdge, graph_from_parsed_edges

MOST_BYTES = 2**26

_ENDS = (("source", "target"), ("from", "to"), ("src", "dst"))
"""The names of the ends of an edge in a first line, in any case."""

_TABLES = (".csv", ".tsv")
"""The suffixes of files whose columns may contain blanks."""

_KIND, _ONE_WAY = "Type", "directed"
"""The attribute by which Gephi marks a directed edge."""


@dataclass(frozen=True)
class _Columns:
    """The columns of an edge list: those of the ends, those of attributes, and how many there are.

    ``reserved`` are the names of the ends in the first line, which no node may have.
    """

    ends: tuple[int, int] = (0, 1)
    attributes: Mapping[int, str] | None = None
    count: int = 2
    reserved: frozenset[str] = frozenset()

    def edge(self, row: EdgeListRow) -> ParsedEdge:
        """Return the edge of a row.

        Raises:
            InputError: the row has other columns, or lacks the name of a node.
        """
        fields = _without_blank_end(row.fields, self.count)
        if len(fields) != self.count:
            cause = f"has {len(fields)} column{'s' * (len(fields) > 1)} where an edge has {self.count}"
            row.refuse(cause, "name all columns in the first line: source target bandwidth")
        source, target = (fields[end] for end in self.ends)
        if not (source and target):
            row.refuse("lacks an end of its edge", "name both")
        check_names(line_subject(row.subject, row.line), (source, target))
        if taken := self.reserved & {source, target}:
            row.refuse(
                f"calls a node {display_name(min(taken))}, as the first line calls a column",
                "rename the node",
            )
        given = {name: parse_value(fields[i]) for i, name in (self.attributes or {}).items() if fields[i]}
        attributes = given | row.attributes
        one_way = str(attributes.get(_KIND)).lower() == _ONE_WAY
        return ParsedEdge(source, target, one_way, attributes, row.line)


def read_edge_list(path: Path) -> nx.Graph:
    """Read the graph of an edge list; names that are all integers become integers.

    The graph is undirected, and an edge may be listed in both directions, except for edges whose ``Type`` is
    ``Directed``.

    Raises:
        InputError: a line is no edge, or contradicts another line of the same edge; the file is not text, or the
            graph is too large.
        OSError: it cannot be read.
    """
    edges: dict[tuple[str, str], ParsedEdge] = {}
    tables = any(mark in path.name.lower() for mark in _TABLES)
    for row, edge in _edges(edge_list_rows(str(path), read_text(path, MOST_BYTES), tabs=tables)):
        back = edges.get((edge.target, edge.source))
        before = back if back and not (back.one_way and edge.one_way) else edge
        before = edges.setdefault((before.source, before.target), edge)
        if edge.attributes != before.attributes:
            ends = f"{display_name(edge.source)} – {display_name(edge.target)}"
            row.refuse(f"says otherwise of edge {ends} than line {before.line}", "keep one of the two")
        check_size(str(path), (), edges)
    nodes = dict.fromkeys(name for ends in edges for name in ends)
    check_size(str(path), nodes, edges)
    _check_header(str(path), list(edges.values()))
    return graph_from_parsed_edges(str(path), (), _numbered(nodes, edges.values()))


def _edges(found: Iterator[EdgeListRow]) -> Iterator[tuple[EdgeListRow, ParsedEdge]]:
    first = next(found, None)
    if first is None:
        return
    columns = _named(first)
    for row in found if columns.reserved else chain([first], found):
        yield row, columns.edge(row)


def _numbered(names: Collection[str], edges: Iterable[ParsedEdge]) -> list[ParsedEdge]:
    """Return the edges with integers as ends, where all names are integers and no two are the same one."""
    numbers = {int(name) for name in names if name.isdecimal()}
    if len(numbers) < len(names):
        return list(edges)
    return [edge._replace(source=int(edge.source), target=int(edge.target)) for edge in edges]


def _named(first: EdgeListRow) -> _Columns:
    """Return the columns that the first row names; two where that row is an edge."""
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
    """Return ``fields`` without blank ones behind the last column."""
    while len(fields) > count and not fields[-1]:
        fields = fields[:-1]
    return fields


def _check_header(subject: str, edges: Sequence[ParsedEdge]) -> None:
    """Refuse a first line of names above numbers alone."""
    named = [edge for edge in edges if not (edge.source.isdecimal() or edge.target.isdecimal())]
    numbers = [edge for edge in edges if edge.source.isdecimal() and edge.target.isdecimal()]
    if named == list(edges[:1]) and len(numbers) == len(edges) - 1 > 0:
        cause = "has names where all other lines have numbers"
        remedy = "call its columns source and target if they are that, or remove the line"
        raise InputError(line_subject(subject, edges[0].line), cause, remedy)
