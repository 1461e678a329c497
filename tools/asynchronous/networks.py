"""Networks of eight nodes with one slow node and slow links, and runs on them in units of a computing time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import networkx as nx

import p2pbo
from p2pbo.errors import notices_if
from p2pbo.trace import Trace

NODES = 8

SECOND = 0.01
"""Seconds that a node of speed 1 computes in a step: the unit of all times here."""

GRAPHS = {
    "ring": nx.cycle_graph,
    "complete": nx.complete_graph,
    "directed ring": lambda nodes: nx.cycle_graph(nodes, create_using=nx.DiGraph),
}


class SlowNetwork(NamedTuple):
    """A graph, how many times slower one of its nodes is, which, and how long messages take in computing times."""

    graph: str = "ring"
    slow: float = 1.0
    latency: float = 0.1
    node: int = 0

    def topology(self) -> nx.Graph:
        """Return the graph with its speeds and latencies."""
        graph = GRAPHS[self.graph](NODES)
        nx.set_node_attributes(graph, 1.0, "speed")
        graph.nodes[self.node]["speed"] = 1 / self.slow
        nx.set_edge_attributes(graph, 1000 * SECOND * self.latency, "latency")
        return graph


def run_on(network: SlowNetwork, settings: Mapping[str, Any], **given: Any) -> Trace:
    """Run on a network; return the trace, up to where the run diverged or ended.

    Raises:
        p2pbo.Diverged: a state grew without end.
    """
    topology = network.topology()
    common = {"topology": topology, "compute_time": f"{1000 * SECOND:g}ms", "threads": 1}
    with notices_if(False):
        trace = p2pbo.run(**{**common, "settings": settings, **given})
    assert trace is not None  # one process
    return trace
