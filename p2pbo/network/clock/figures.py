"""The figures of edges and nodes that time depends on, from the attributes of a topology's graph."""

from __future__ import annotations

import math
from collections.abc import Mapping
from reprlib import repr as shortened
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import InputError
from p2pbo.topology import Topology

MILLISECOND = 1e-3


def edges_have(topology: Topology, name: str) -> bool:
    """Tell whether any edge has an attribute."""
    return any(name in held for *_, held in topology.graph.edges(data=True))


def nodes_have(topology: Topology, name: str) -> bool:
    """Tell whether any node has an attribute."""
    return any(name in held for _, held in topology.graph.nodes(data=True))


def edge_figures(topology: Topology, name: str, default: float | None) -> NDArray[np.float64]:
    """Return the ``latency`` (ms) or ``bandwidth`` (bytes/s) of every directed edge, ``default`` where it says none.

    Raises:
        InputError: a figure is no positive number (a latency may be 0); names the edge.
    """
    remedy = f"give every edge one, or set topology.{name}"

    def figure(i: int, j: int) -> float:
        return _figure(topology.graph.edges[i, j], name, default, topology.edges.edge_name(i, j), remedy)

    ends = zip(topology.source.tolist(), topology.target.tolist(), strict=True)
    return np.array([figure(i, j) for i, j in ends])


def node_figures(topology: Topology, name: str, default: float | None, remedy: str) -> NDArray[np.float64]:
    """Return the ``bandwidth`` (bytes/s) or ``speed`` of every node, ``default`` where it says none.

    Raises:
        InputError: a figure is no positive number; names the node, and the ``remedy``.
    """
    held, named = topology.graph.nodes, topology.edges.display_name
    return np.array(
        [_figure(held[i], name, default, f"node {named(i)}", remedy) for i in range(topology.nodes)]
    )


def _figure(held: Mapping[str, Any], name: str, default: float | None, who: str, remedy: str) -> float:
    if name not in held and default == math.inf:
        return math.inf
    value: Any = held.get(name, default)
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not (math.isfinite(number) and number >= 0 and (number > 0 or name == "latency")):
        raise InputError(who, f"has the {name} {shortened(value)}", remedy)
    return number
