"""The graph on which a trace's run went, as its picture shows it."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np

from p2pbo.analysis.labels import phrase
from p2pbo.errors import InputError, notices_if
from p2pbo.topology import build
from p2pbo.topology.build import DEFAULT_WEIGHTS
from p2pbo.topology.edges import Edges, Integers
from p2pbo.trace import Trace
from p2pbo.trace.settings import flatten


def pairs(trace: Trace) -> tuple[Integers, Integers]:
    """Return the undirected edges (E/2, 2), i < j, in their order, and (E,) to which each directed edge belongs."""
    directed = np.column_stack([trace.values("edge_source"), trace.values("edge_target")])
    undirected, number = np.unique(np.sort(directed, axis=1), axis=0, return_inverse=True)
    return undirected, number.reshape(-1)


def graph_of(trace: Trace) -> nx.Graph:
    """The graph of a trace's edges; with all that its family or file knows of it where that still is this graph."""
    graph = nx.Graph()
    graph.add_nodes_from(range(len(trace.values("node"))))
    graph.add_edges_from(pairs(trace)[0].tolist())
    settings = flatten(trace.description)
    name, seed = settings.get("topology"), settings.get("seed", 0)
    if not isinstance(name, str):
        return graph
    undirected = bool(settings.get("topology.undirected", False))
    try:
        with notices_if(False):  # the run has said it
            known = build(name, graph.number_of_nodes(), DEFAULT_WEIGHTS, seed, undirected).graph
    except InputError:  # a file that is gone, or a graph that a script gave
        return graph
    return known if _same(Edges.of(known), Edges.of(graph)) else graph


def named(trace: Trace) -> str:
    """Return what a trace is of: ``MDBO, ring, 8 nodes, randk:0.1``."""
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
