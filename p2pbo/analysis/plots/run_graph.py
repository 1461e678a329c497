"""The graph of a traced run, and its title in plots."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np

from p2pbo.analysis.labels import phrase
from p2pbo.errors import InputError, notices_if
from p2pbo.topology import build
from p2pbo.topology.build import DEFAULT_WEIGHTS
from p2pbo.topology.directed_topology import DEGREE
from p2pbo.topology.edges import Edges, Integers
from p2pbo.topology.graph_rounds import graphs_in_turn
from p2pbo.trace import Trace
from p2pbo.trace.settings import flatten


def undirected_edges(trace: Trace) -> tuple[Integers, Integers]:
    """Return the undirected edges (E/2, 2), i < j, sorted, and the number (E,) of that of each directed edge."""
    directed = np.column_stack([trace.values("edge_source"), trace.values("edge_target")])
    undirected, number = np.unique(np.sort(directed, axis=1), axis=0, return_inverse=True)
    return undirected, number.reshape(-1)


def run_graph(trace: Trace) -> nx.Graph:
    """Return the graph of a trace's edges, with the attributes of its family or file if that still gives this graph."""
    graph = nx.Graph()
    graph.add_nodes_from(range(len(trace.values("node"))))
    graph.add_edges_from(undirected_edges(trace)[0].tolist())
    settings = flatten(trace.description)
    name, schedule, seed = (
        settings.get("topology"),
        settings.get("topology.schedule"),
        settings.get("seed", 0),
    )
    if not isinstance(name, str):
        return graph
    undirected = bool(settings.get("topology.undirected", False))
    weights = DEGREE if settings.get("topology.weights") == DEGREE else DEFAULT_WEIGHTS
    try:
        with notices_if(False):  # the run has given the notice
            given = name if schedule is None else graphs_in_turn(str(schedule))
            known = build(given, graph.number_of_nodes(), weights, seed, undirected).graph
    except InputError:  # a file that is gone, or a graph that a script gave
        return graph
    known = known.to_undirected() if known.is_directed() else known
    return known if _same(Edges.of(known), Edges.of(graph)) else graph


def run_title(trace: Trace) -> str:
    """Return the title of a trace: ``MDBO, ring, 8 nodes, randk:0.1``."""
    settings = flatten(trace.description)
    codecs = np.unique(trace.values("edge_codec")).tolist()
    said = {
        "algorithm": settings.get("algorithm"),
        "topology": Path(str(settings.get("topology", "graph"))).name,
        "nodes": len(trace.values("node")),
        "codec": codecs[0] if len(codecs) == 1 else None,
    }
    return ", ".join(phrase(key, name) for key, name in said.items() if name is not None)


def _same(a: Edges, b: Edges) -> bool:
    return np.array_equal(a.source, b.source) and np.array_equal(a.target, b.target)
