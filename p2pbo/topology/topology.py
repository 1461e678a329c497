"""A topology: who talks to whom, and how much each node weighs what it hears.

x_i ← w_ii x_i + Σ_j w_ij x_j          one round of mixing, X ← W X
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import networkx as nx
import numpy as np

from p2pbo.topology.edges import Edges, Integers, Reals, names_of

DIGEST_DECIMALS = 10
"""Two CPUs may differ in the last bits of a weight that comes from an eigenvalue; that is no other graph."""


@dataclass(frozen=True, eq=False)
class Topology:
    """A connected graph with mixing weights W: symmetric, doubly stochastic, K×K.

    Attributes:
        name: as the user wrote it: "ring", "er:0.3", "topologies/nsfnet.graphml", or "custom".
        weighting: "metropolis" and so on; "custom" where the user gave W itself.
        graph: undirected, nodes 0 … K−1 (``label`` holds a node's name in its file), edge attributes kept.
        source: (E,) where each directed edge begins; edges come in both directions, sorted by (source, target).
        target: (E,) where it ends.
        weight: (E,) w_ij of each directed edge.
        self_weight: (K,) w_ii.
    """

    name: str
    weighting: str
    graph: nx.Graph
    source: Integers
    target: Integers
    weight: Reals
    self_weight: Reals

    def __post_init__(self) -> None:
        for array in (self.source, self.target, self.weight, self.self_weight):
            array.setflags(write=False)

    @property
    def nodes(self) -> int:
        """K, the number of nodes."""
        return len(self.self_weight)

    @property
    def edges(self) -> Edges:
        """The directed edges without their weights."""
        return Edges(self.nodes, self.source, self.target, names_of(self.graph))

    def matrix(self) -> Reals:
        """Return W, dense, K×K."""
        W = np.diag(self.self_weight)
        W[self.source, self.target] = self.weight
        return W

    def neighbours(self, node: int) -> Integers:
        """Return the nodes that ``node`` has an edge to, sorted."""
        first, last = np.searchsorted(self.source, [node, node + 1])
        return self.target[first:last]

    def digest(self) -> str:
        """Hex digest of the edges and weights; it must be the same on every rank."""
        digest = hashlib.blake2b(np.int64(self.nodes).tobytes(), digest_size=16)
        for ends in (self.source, self.target):
            digest.update(ends.tobytes())
        for weights in (self.weight, self.self_weight):
            digest.update((np.round(weights, DIGEST_DECIMALS) + 0.0).tobytes())  # + 0.0: no negative zeros
        return digest.hexdigest()
