"""The two directions of an edge, merged where a directed graph stands for an undirected one.

bandwidth   the smaller of the two: no direction counts as faster than it is
latency     the larger of the two
others      kept where both directions have the same value, else left out

An edge in one direction only keeps its attributes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import networkx as nx
import numpy as np

from p2pbo.errors import InputError, Notice
from p2pbo.topology.edges import display_name
from p2pbo.topology.stored_weights import MIXING_WEIGHT

Attributes = Mapping[str, Any]

_RULE = "an edge gets the smaller bandwidth, the larger latency, and nothing else of what differs"
_SLOWER: dict[str, Callable[[Iterable[float]], float]] = {"bandwidth": min, "latency": max}


def merge_directions(subject: str, directed: nx.DiGraph) -> nx.Graph:
    """Merge the two directions of each edge of a directed graph; a Notice tells where their attributes differ.

    Args:
        subject: the name of the graph in messages.
        directed: the graph, whose nodes have a ``label``.

    Raises:
        InputError: the directions of an edge have different mixing weights.
    """
    graph = nx.Graph()
    graph.add_nodes_from(directed.nodes(data=True))
    differing: dict[str, list[str]] = {}
    for a, b, there in directed.edges(data=True):
        if graph.has_edge(a, b):
            continue
        back = directed.get_edge_data(b, a, default=there)
        graph.add_edges_from([(a, b, _joined(there, back))])
        if differ := [name for name in {**there, **back} if not _same(name, there, back)]:
            edge = " – ".join(display_name(directed.nodes[node]["label"]) for node in (a, b))
            if MIXING_WEIGHT in differ:
                cause = f"is not symmetric: the two directions of {edge} differ in {MIXING_WEIGHT}"
                raise InputError(subject, cause, "give both the same, or neither one")
            differing[edge] = differ
    if differing:
        _tell(subject, differing)
    return graph


def _same(name: str, there: Attributes, back: Attributes) -> bool:
    return name in there and name in back and np.array_equal(there[name], back[name])


def _joined(there: Attributes, back: Attributes) -> dict[str, Any]:
    joined = {name: value for name, value in there.items() if _same(name, there, back)}
    for name, slower in _SLOWER.items():
        said = [held[name] for held in (there, back) if name in held]
        if said and name not in joined and all(isinstance(value, (int, float)) for value in said):
            joined[name] = slower(said)
    return joined


def _tell(subject: str, differing: Mapping[str, list[str]]) -> None:
    names = ", ".join(sorted({name for names in differing.values() for name in names}))
    first, *others = differing
    edges = f"{first} and {len(others)} other edge{'s' * (len(others) > 1)}" if others else first
    warnings.warn(
        f"{subject}: the two directions of {edges} differ in {names}; {_RULE}", Notice, stacklevel=2
    )
