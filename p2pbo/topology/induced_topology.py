"""What is left of a network when nodes have died: its pieces, and how fast they still agree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import networkx as nx
import numpy as np

from p2pbo.topology.topology import Topology


@dataclass(frozen=True)
class Remainder:
    """The survivors.

    Attributes:
        pieces: their connected components, each ascending, by their first node.
        gap: the spectral gap of their mixing matrix, in which the weight of a lost edge has gone back to its ends; 0
            where there are several pieces.
    """

    pieces: tuple[tuple[int, ...], ...]
    gap: float


def remainder(topology: Topology, dead: Iterable[int]) -> Remainder:
    """Return what is left of ``topology`` without the nodes ``dead``: w_ii ← w_ii + Σ_dead w_ij."""
    graph = topology.graph.copy()
    graph.remove_nodes_from(list(dead))
    pieces = tuple(sorted(tuple(sorted(piece)) for piece in nx.connected_components(graph)))
    if len(pieces) != 1:
        return Remainder(pieces, 0.0)
    left = np.array(pieces[0])
    W = topology.matrix()[np.ix_(left, left)]
    W[np.diag_indices_from(W)] += 1 - W.sum(axis=1)
    moduli = np.sort(np.abs(np.linalg.eigvalsh(W)))
    return Remainder(pieces, float(1 - moduli[-2]) if len(left) > 1 else 1.0)
