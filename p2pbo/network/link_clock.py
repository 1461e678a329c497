"""The time that a run's rounds would take on the topology's links, whatever they took on this machine.

A round's message arrives latency + bytes/bandwidth after its sender began the round; a node ends the round when its
slowest neighbour's has arrived: c_i ← max(c_i, max_j (c_j + latency_ij + bytes_ij / bandwidth_ij)), j over the edges
that carry something.
"""

from __future__ import annotations

from reprlib import repr as shortened
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import InputError
from p2pbo.topology import Topology

MILLISECOND = 1e-3


class LinkClock:
    """The clock of every node in seconds (``nodes``), of which only what is sent takes any.

    Args:
        topology: its edges' ``latency`` (ms, one way; 0 where it is not said) and ``bandwidth`` (bytes per second).
        latency, bandwidth: of edges that do not say theirs.

    Raises:
        InputError: an edge's figure is no positive number, or some edges have a bandwidth and others none.
    """

    def __init__(self, topology: Topology, latency: float | None, bandwidth: float | None) -> None:
        self._source, self._target = topology.source, topology.target
        self._latency = MILLISECOND * edge_figures(topology, "latency", 0.0 if latency is None else latency)
        self._bandwidth = edge_figures(topology, "bandwidth", bandwidth)
        self.nodes = np.zeros(topology.nodes)

    @property
    def now(self) -> float:
        """Seconds at the node that is furthest ahead."""
        return float(self.nodes.max())

    def advance(self, edge_bytes: int | NDArray[np.int64], carrying: NDArray[np.bool_] | None = None) -> None:
        """Advance by a round in which every edge of ``carrying`` (None: all) carries so many bytes."""
        arrives = self.nodes[self._source] + self._latency + edge_bytes / self._bandwidth
        if carrying is not None:
            arrives *= carrying  # no clock is before 0
        np.maximum.at(self.nodes, self._target, arrives)


def has_links(topology: Topology, bandwidth: float | None) -> bool:
    """Tell whether it is known how fast the links are."""
    return bandwidth is not None or any("bandwidth" in held for *_, held in topology.graph.edges(data=True))


def edge_figures(topology: Topology, name: str, default: float | None) -> NDArray[np.float64]:
    """Return the ``latency`` (ms) or ``bandwidth`` (bytes/s) of every directed edge, ``default`` where it says none.

    Raises:
        InputError: a figure is no positive number (a latency may be 0); names the edge.
    """

    def figure(i: int, j: int) -> float:
        value: Any = topology.graph.edges[i, j].get(name, default)
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = np.nan
        if not (np.isfinite(number) and number >= 0 and (number > 0 or name == "latency")):
            remedy = f"give every edge one, or set topology.{name}"
            raise InputError(topology.edges.edge_name(i, j), f"has the {name} {shortened(value)}", remedy)
        return number

    ends = zip(topology.source.tolist(), topology.target.tolist(), strict=True)
    return np.array([figure(i, j) for i, j in ends])
