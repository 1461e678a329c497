"""Pajek files: ``*Vertices n``, then ``*Edges``, which are undirected, and ``*Arcs``, which are directed.

*Vertices 2
1 "alice" 0.1 0.5 ellipse capacity 0.5      a name, then position and shape, then names and values
2 "bob"
*Edges
1 2 1.0 bandwidth 1e6                       a weight, then names and values

p2pbo has a reader of its own: that of networkx takes arcs below edges for edges, comments for edges, and two vertices
of one name for one vertex.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import networkx as nx

from p2pbo.errors import InputError
from p2pbo.reading import read_text
from p2pbo.topology.edges import display_name
from p2pbo.topology.files.attribute_values import parse_value
from p2pbo.topology.files.edge_list_rows import line_subject
from p2pbo.topology.files.limits import MOST_EDGES, MOST_NODES, check_names
from p2pbo.topology.files.parsed_edges import ParsedEdge, graph_from_parsed_edges

MOST_BYTES = 2**26

_FIELD = re.compile(r'"([^"]*)"|(\S+)')
_VERTICES, _EDGES, _ARCS = "*vertices", "*edges", "*arcs"
_PASSED_OVER = "*network"


class _Reader:
    """A reader of one Pajek file; :meth:`graph` returns the graph of what :meth:`read` has taken in."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._line = 0
        self._section = ""
        self._nodes: dict[int, dict[str, Any]] = {}
        self._named: set[int] = set()
        self._edges: list[ParsedEdge] = []

    def read(self, text: str) -> None:
        """Take in all lines of a text.

        Raises:
            InputError: a line is malformed; the message names it.
        """
        for self._line, line in enumerate(text.split("\n"), start=1):
            said = line.strip()
            if said.startswith("*"):
                self._begin(*said.split())
            elif said and not said.startswith("%"):
                self._take(self._fields(said))

    def graph(self) -> nx.Graph:
        """Return the graph of all lines, directed if there is an arc.

        Raises:
            InputError: an edge is there a second time; the message names its line.
        """
        return graph_from_parsed_edges(self._subject, self._nodes.items(), self._edges)

    def _refuse(self, cause: str, remedy: str) -> NoReturn:
        raise InputError(line_subject(self._subject, self._line), cause, remedy)

    def _fields(self, line: str) -> list[str]:
        fields = [quoted or bare for quoted, bare in _FIELD.findall(line)]
        if any(field.startswith('"') for field in fields):
            self._refuse("has quotes that do not end", "close them on the line")
        return fields

    def _begin(self, section: str, *rest: str) -> None:
        self._section = section.lower()
        if self._section == _VERTICES:
            self._count(rest)
        elif self._section not in (_EDGES, _ARCS, _PASSED_OVER):
            self._refuse(f"begins {section[:40]}", "write the network as *Vertices, *Edges and *Arcs")
        elif self._section != _PASSED_OVER and not self._nodes:
            self._refuse(f"begins {section[:40]} before there are vertices", "write *Vertices first")

    def _count(self, rest: Sequence[str]) -> None:
        if self._nodes:
            self._refuse("begins a second network", "keep one in a file")
        if not (rest and rest[0].isdecimal() and len(rest[0]) < 10):
            self._refuse("does not say how many vertices there are", "write *Vertices n")
        if int(rest[0]) > MOST_NODES:
            self._refuse(f"has {rest[0]} vertices", f"give a graph of {MOST_NODES} or fewer")
        self._nodes = {number: {} for number in range(1, int(rest[0]) + 1)}

    def _take(self, fields: Sequence[str]) -> None:
        if self._section == _VERTICES:
            self._vertex(fields)
        elif self._section in (_EDGES, _ARCS):
            self._edge(fields)
        else:
            self._refuse("stands before *Vertices", "begin the network with *Vertices n")

    def _vertex(self, fields: Sequence[str]) -> None:
        (number,) = self._numbers(fields[:1])
        if number in self._named:
            self._refuse(f"has vertex {number} a second time", "keep one")
        self._named.add(number)
        label, drawn = fields[1:2], list(fields[2:])
        check_names(line_subject(self._subject, self._line), label)
        while drawn and _is_number(drawn[0]):
            del drawn[0]  # a coordinate
        shape = len(drawn) % 2
        self._nodes[number] = {**self._pairs(drawn[shape:]), **({"label": label[0]} if label else {})}

    def _edge(self, fields: Sequence[str]) -> None:
        if len(fields) < 2:
            self._refuse("has one end of an edge", "write the numbers of two vertices")
        a, b = self._numbers(fields[:2])
        weight = [parse_value(field) for field in fields[2:3] if _is_number(field)]
        attributes = {**self._pairs(fields[2 + len(weight) :]), **({"weight": weight[0]} if weight else {})}
        self._edges.append(ParsedEdge(a, b, self._section == _ARCS, attributes, self._line))
        if len(self._edges) > MOST_EDGES:
            self._refuse(f"is where the file has more than {MOST_EDGES} edges", "give a smaller graph")

    def _numbers(self, fields: Sequence[str]) -> Iterator[int]:
        for field in fields:
            if not (field.isdecimal() and len(field) < 10 and int(field) in self._nodes):
                self._refuse(
                    f"has {display_name(field)} for one of {len(self._nodes)} vertices", "number them from 1"
                )
            yield int(field)

    def _pairs(self, fields: Sequence[str]) -> dict[str, Any]:
        if len(fields) % 2:
            self._refuse("has an attribute without a value", "write names and values by turns")
        return {name: parse_value(text) for name, text in zip(fields[::2], fields[1::2], strict=True)}


def _is_number(field: str) -> bool:
    return not isinstance(parse_value(field), str)


def read_pajek(path: Path) -> nx.Graph:
    """Read the network of a Pajek file, numbers as its nodes and names as their labels; directed if it has arcs.

    Raises:
        InputError: the file is malformed, or the graph too large; the message names the line.
        OSError: it cannot be read.
    """
    reader = _Reader(str(path))
    reader.read(read_text(path, MOST_BYTES))
    return reader.graph()
