"""GraphML files (graphml.graphdrawing.org), read strictly and without a DTD.

The reader takes one graph, its nodes and edges, their typed attributes with defaults, and the names of nodes that yEd
draws. A blank value counts as none. It is p2pbo's own, for line numbers in every message, and because a DTD could
expand a small file to gigabytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from reprlib import repr as shortened
from typing import Any, NoReturn
from xml.parsers import expat

import networkx as nx

from p2pbo.errors import InputError
from p2pbo.reading import read_limited
from p2pbo.topology.files.limits import LONGEST_NODE_NAME, MOST_EDGES, MOST_NODES
from p2pbo.topology.files.parsed_edges import ParsedEdge, graph_from_parsed_edges


def _boolean(text: str) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}[text.lower()]


def _number(kind: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: kind(text.replace("_", "?"))  # Python would pass over underscores


_TYPES: dict[str, Callable[[str], Any]] = {
    "boolean": _boolean,
    "int": _number(int),
    "long": _number(int),
    "float": _number(float),
    "double": _number(float),
    "string": str,
}
_PARENTS = {
    "graphml": None,
    "key": "graphml",
    "graph": "graphml",
    "node": "graph",
    "edge": "graph",
    "default": "key",
}
"""The parent of each element that is read; ``data`` may be in any of them, with any content."""

_MISPLACED = {
    "hyperedge": "write it as edges of two nodes",
    "port": "let edges end at nodes",
    "graph": "take the nodes out of their group",
}
"""Elements of GraphML that p2pbo does not read, each with a remedy."""

_DIRECTED = {"true": True, "1": True, "false": False, "0": False}
"""The values of xsd:boolean."""

_DRAWN_NAME = "NodeLabel"
"""The element in which yEd writes a node's name."""

_ENCODINGS = {"utf-8", "utf-16", "iso-8859-1", "us-ascii"}
"""The encodings that expat reads itself; for others it asks Python's codecs, which are not all for text."""

MOST_BYTES = 2**28
DEEPEST = 100
MOST_KEYS = 256
MOST_DEFAULTS = 10_000_000
"""The most default values of all nodes and edges together: a short file can ask for very many."""


@dataclass
class _Key:
    """A declared attribute; keys without a name belong to a drawing program and are skipped."""

    name: str | None
    type: str
    domain: str
    default: Any = None


class _Reader:
    """A reader of one GraphML file; :meth:`graph` returns the graph of what :meth:`read` has taken in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.keys: dict[str, _Key] = {}
        self.nodes: dict[str, dict[str, Any]] = {}
        self.edges: list[ParsedEdge] = []
        self.directed: bool | None = None
        self._open: list[str] = []
        self._text: list[str] = []
        self._key = _Key(None, "string", "all")
        self._owner: dict[str, Any] = {}
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True  # else every line of a long text is a string of its own
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append

    def read(self) -> None:
        """Take in the whole file."""
        try:
            self._parser.Parse(read_limited(self.path, MOST_BYTES), True)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            self.refuse(f"is not well-formed XML: {reason}", "mend the file or save it anew", error.lineno)

    def refuse(self, cause: str, remedy: str, line: int | None = None) -> NoReturn:
        """Raise an InputError about a line, by default the current one."""
        number = self._parser.CurrentLineNumber if line is None else line
        raise InputError(f"{self.path}, line {number},", cause, remedy) from None

    def limit(self, count: int, most: int, what: str) -> None:
        """Refuse a file with more than ``most`` of something."""
        if count > most:
            self.refuse(f"is where the file has more than {most} {what}", "give a smaller graph")

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            self.refuse(f"declares the encoding {shortened(encoding)}", "save the file as UTF-8")

    def _doctype(self, *declared: object) -> None:
        self.refuse("has a DOCTYPE, which could expand entities", "remove the declaration")

    def _start(self, tag: str, given: dict[str, str]) -> None:
        name, parent = tag.rpartition(" ")[2], self._open[-1] if self._open else None
        self._open.append(name)
        self.limit(len(self._open), DEEPEST, "elements one in another")
        if name in ("data", "default", _DRAWN_NAME):
            self._text.clear()
        if "data" in self._open[:-1] or name == "desc":
            return
        if name != "data" and (name not in _PARENTS or _PARENTS[name] != parent):
            place = f"<{parent}>" if parent else "place of <graphml>"
            self.refuse(f"has <{name[:40]}> in {place}", _MISPLACED.get(name, "remove it"))
        if handle := getattr(self, f"_start_{name}", None):
            handle(given)

    def _end(self, tag: str) -> None:
        name = self._open.pop()
        if "data" in self._open:
            if name == _DRAWN_NAME and "node" in self._open:
                self._owner.setdefault("label", " ".join("".join(self._text).split()))
            return
        if name == "default":
            self._key.default = self._value()
        elif name == "data" and self._key.name is not None:
            if (value := self._value()) is not None:
                self._owner[self._key.name] = value
        elif name in ("node", "edge"):
            self._owner = {}  # what follows is the graph's own

    def _value(self) -> Any:
        """Return the value of the text just read; None where it is blank."""
        text = "".join(self._text)
        if not text.strip():
            return None
        try:
            return _TYPES[self._key.type](text if self._key.type == "string" else text.strip())
        except (ValueError, KeyError):
            name = shortened(self._key.name or "?")
            self.refuse(
                f"gives {shortened(text.strip())} for {name}, no {self._key.type}", "correct the value"
            )

    def _needed(self, element: str, name: str, given: dict[str, str]) -> str:
        if name not in given:
            self.refuse(f"has <{element}> without {name}=", f"give {name}=")
        return given[name]

    def _start_key(self, given: dict[str, str]) -> None:
        kind = given.get("attr.type", "string")
        if kind not in _TYPES:
            self.refuse(f"declares the attribute type {shortened(kind)}", f"use one of {', '.join(_TYPES)}")
        self._key = _Key(given.get("attr.name"), kind, given.get("for", "all"))
        self.keys[self._needed("key", "id", given)] = self._key
        self.limit(len(self.keys), MOST_KEYS, "keys")

    def _start_graph(self, given: dict[str, str]) -> None:
        if self.directed is not None:
            self.refuse("begins a second graph", "keep one graph in a file")
        default = self._needed("graph", "edgedefault", given)
        if default not in ("directed", "undirected"):
            self.refuse(f"has edgedefault={shortened(default)}", "write undirected")
        self.directed = default == "directed"
        self._owner = {}

    def _start_node(self, given: dict[str, str]) -> None:
        name = self._needed("node", "id", given)
        if name in self.nodes:
            self.refuse(f"has a second node {shortened(name)}", "give every node an id of its own")
        if len(name) > LONGEST_NODE_NAME:
            self.refuse(f"has an id of {len(name)} characters", f"use {LONGEST_NODE_NAME} at most")
        self._owner = self.nodes[name] = {}
        self.limit(len(self.nodes), MOST_NODES, "nodes")

    def _start_edge(self, given: dict[str, str]) -> None:
        source, target = (self._needed("edge", end, given) for end in ("source", "target"))
        said = given.get("directed", str(self.directed).lower()).strip(" \t\r\n")
        if said not in _DIRECTED:
            cause = f"says directed={shortened(said)} of edge {shortened(source)} – {shortened(target)}"
            self.refuse(cause, "write true or false")
        self._owner = {}
        line = self._parser.CurrentLineNumber
        self.edges.append(ParsedEdge(source, target, _DIRECTED[said], self._owner, line))
        self.limit(len(self.edges), MOST_EDGES, "edges")

    def _start_data(self, given: dict[str, str]) -> None:
        key = self._needed("data", "key", given)
        if key not in self.keys:
            self.refuse(f"has data of a key {shortened(key)} that is not declared", "declare it with <key>")
        self._key = self.keys[key]

    def graph(self) -> nx.Graph:
        """Return the graph, directed if any of its edges is."""
        if self.directed is None:
            self.refuse("ends without a <graph>", "give it one")
        of_nodes, of_edges = self._defaults("node"), self._defaults("edge")
        filled = len(self.nodes) * len(of_nodes) + len(self.edges) * len(of_edges)
        self.limit(filled, MOST_DEFAULTS, "values by default")
        nodes = [(name, {**of_nodes, **attributes}) for name, attributes in self.nodes.items()]
        for edge in self.edges:
            self._check_ends(edge)
        edges = [edge._replace(attributes={**of_edges, **edge.attributes}) for edge in self.edges]
        return graph_from_parsed_edges(str(self.path), nodes, edges)

    def _defaults(self, domain: str) -> dict[str, Any]:
        known = (key for key in self.keys.values() if key.domain in (domain, "all"))
        return {key.name: key.default for key in known if key.name is not None and key.default is not None}

    def _check_ends(self, edge: ParsedEdge) -> None:
        for end in (edge.source, edge.target):
            if end not in self.nodes:
                cause = f"has an edge of node {shortened(end)}, which is not there"
                self.refuse(cause, "declare the node", edge.line)


def read_graphml(path: Path) -> nx.Graph:
    """Read the graph of a GraphML file, ids as nodes, directed if any of its edges is.

    Raises:
        InputError: the file is malformed, or has a DOCTYPE, hyperedges, ports or nested graphs; the message names
            the line.
        OSError: it cannot be read.
    """
    reader = _Reader(path)
    reader.read()
    return reader.graph()
