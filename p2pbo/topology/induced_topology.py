"""The topology that the surviving nodes induce: its connected components and its spectral gap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import networkx as nx
import numpy as np

from p2pbo.topology.topology import Topology


@dataclass(frozen=True)
class InducedTopology:
    """The topology on the surviving nodes.

    Attributes:
        components: the connected components, each ascending, sorted by their first node.
        gap: the spectral gap of the mixing matrix, in which each end of a lost edge has got its weight back; 0
            where there are several components.
    """

    components: tuple[tuple[int, ...], ...]
    gap: float


def induced_topology(topology: Topology, dead: Iterable[int]) -> InducedTopology:
    """Return the topology without the nodes ``dead``: w_ii ← w_ii + Σ_dead w_ij."""
    graph = topology.graph.copy()
    graph.remove_nodes_from(list(dead))
    components = tuple(sorted(tuple(sorted(nodes)) for nodes in nx.connected_components(graph)))
    if len(components) != 1:
        return InducedTopology(components, 0.0)
    living = np.array(components[0])
    W = topology.matrix()[np.ix_(living, living)]
    W[np.diag_indices_from(W)] += 1 - W.sum(axis=1)
    moduli = np.sort(np.abs(np.linalg.eigvalsh(W)))
    return InducedTopology(components, float(1 - moduli[-2]) if len(living) > 1 else 1.0)
