"""Graphs that change from round to round, as their union: a directed graph whose edges know their rounds.

The graph has the attributes ``period`` (τ) and ``order``: ``cyclic``, round t has the edges whose ``rounds`` hold
t mod τ, or ``random``, each round draws which of the τ graphs is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import InputError
from p2pbo.topology.edges import Edges, display_name, node_names

CYCLIC = "cyclic"
"""The order of graphs that are there one after the other; the other one is ``random``."""


def period(graph: nx.Graph) -> int:
    """Return τ, the number of graphs that are there in turn; 1: the graph does not change."""
    number: int = graph.graph.get("period", 1)
    return number


def graphs_in_turn(schedule: str) -> list[str]:
    """Return the files and families that a ``--topology-schedule`` names, separated by commas.

    Raises:
        InputError: there is an empty name.
    """
    names = [name.strip() for name in schedule.split(",")]
    if not all(names):
        raise InputError(f"--topology-schedule '{schedule}'", "has an empty value", "write FILE,FILE,…")
    return names


def union_of_rounds(
    graphs: Sequence[nx.Graph], names: Sequence[str], order: str = CYCLIC, **known: object
) -> nx.DiGraph:
    """Return the union of graphs that are there in turn; an undirected edge is there in both directions.

    Args:
        graphs: with nodes 0 … K−1; those that have the same ``label`` are the same node.
        names: what messages call the graphs.
        order: of the rounds, cyclic or random.
        known: attributes of the union, see ``GRAPHS``.

    Raises:
        InputError: a graph changes itself, has other nodes than the first one, or says something else of a node or an
            edge than a graph before it.
    """
    union = nx.DiGraph(period=len(graphs), order=order, **known)
    union.add_nodes_from(graphs[0].nodes(data=True))
    for number, (graph, name) in enumerate(zip(graphs, names, strict=True)):
        place = _places(graphs[0], graph, names[0], name)
        for node, held in graph.nodes(data=True):
            _check_same(name, union, [place[node]], union.nodes[place[node]], held)
        for a, b, held in graph.to_directed(as_view=True).edges(data=True):
            edge = place[a], place[b]
            before = union.get_edge_data(*edge, default={**held, "rounds": ()})
            _check_same(name, union, edge, before, held)
            union.add_edge(*edge, **{**held, "rounds": (*before["rounds"], number)})
    return union


def edges_by_round(graph: nx.DiGraph, edges: Edges) -> tuple[NDArray[np.bool_], ...]:
    """Return which edges are there, (E,), in each of the τ graphs; nothing where the graph does not change."""
    if period(graph) == 1:
        return ()
    ends = zip(edges.source.tolist(), edges.target.tolist(), strict=True)
    held = [graph.edges[edge]["rounds"] for edge in ends]
    return tuple(np.array([number in rounds for rounds in held]) for number in range(period(graph)))


def _places(first: nx.Graph, graph: nx.Graph, first_name: str, name: str) -> Mapping[int, int]:
    """Return where the nodes of a graph are among those of the first."""
    if period(graph) > 1:
        raise InputError(f"topology {name}", "changes itself", "name fixed graphs in a schedule")
    expected, found = node_names(first), node_names(graph)
    if len(first) != len(graph) or (expected and found and set(expected) != set(found)):
        cause = f"has other nodes than {first_name}"
        raise InputError(f"topology {name}", cause, "give all graphs of a schedule the same nodes")
    if not (expected and found):
        return {node: node for node in graph}
    number = {label: place for place, label in enumerate(expected)}
    return {node: number[label] for node, label in enumerate(found)}


def _check_same(
    name: str, union: nx.DiGraph, ends: Sequence[int], before: Mapping[str, Any], held: Mapping[str, Any]
) -> None:
    """Check that a node or an edge has the attributes that it had in the graphs before."""
    structural = {"label": None, "rounds": None}
    if {**before, **structural} != {**held, **structural}:
        what = " → ".join(display_name(union.nodes[node].get("label", node)) for node in ends)
        cause = f"has other attributes of {what} than a graph before it"
        raise InputError(f"topology {name}", cause, "give them the same ones in all graphs")
