"""The edges of one node, and the weights of what comes and goes over them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from p2pbo.topology import Topology
from p2pbo.topology.directed_topology import degree_shares

Reals = NDArray[np.float64]
Integers = NDArray[np.int64]


class NodeEdges(NamedTuple):
    """What node i hears over and tells: R averages states, C divides trackers; both are W on undirected graphs.

    Attributes:
        hears: the directed edges j → i, and w_ij of each, whose sum with ``own_pull`` is 1.
        tells: the directed edges i → j, and w_ji of each, whose sum with ``own_push`` is 1.
        paired: whether those of ``tells`` are those of ``hears``, turned round, in the same order.
    """

    hears: Integers
    pull: Reals
    own_pull: float
    tells: Integers
    push: Reals
    own_push: float
    paired: bool


def node_edges(topology: Topology, nodes: Iterable[int]) -> list[NodeEdges]:
    """Return the edges of each of these nodes."""
    push, own_push = _push(topology)
    found = []
    for node in nodes:
        hears, tells = np.flatnonzero(topology.target == node), np.flatnonzero(topology.source == node)
        weights = topology.weight[hears], float(topology.self_weight[node])
        found.append(
            NodeEdges(hears, *weights, tells, push[tells], float(own_push[node]), not topology.directed)
        )
    return found


def _push(topology: Topology) -> tuple[Reals, Reals]:
    """Return the weights of C: of each directed edge (E,), and of each node itself (K,)."""
    if not topology.directed:
        return topology.weight, topology.self_weight
    shares = degree_shares(topology.source, topology.nodes)
    return shares[topology.source], shares
