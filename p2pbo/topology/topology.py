"""A topology: a graph, and the weight of each neighbour's row in the mixing of a node.

x_i ← w_ii x_i + Σ_j w_ij x_j          one round of mixing, X ← W X
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from p2pbo.topology.edges import Edges, Integers, Reals, node_names

DIGEST_DECIMALS = 10
"""The decimals of weights that count: CPUs may differ in the last bits of one that comes from an eigenvalue."""


@dataclass(frozen=True, eq=False)
class Topology:
    """A connected graph with mixing weights W: symmetric, doubly stochastic, K×K.

    Attributes:
        name: the name as the user wrote it: "ring", "er:0.3", "topologies/nsfnet.graphml", or "custom".
        weighting: the weighting rule: "metropolis" and so on; "custom" where the user gave W itself.
        graph: the undirected graph with nodes 0 … K−1 (``label`` holds a node's name in its file) and edge attributes.
        source: (E,) the node at which each directed edge begins; edges come in both directions, sorted by (source,
            target).
        target: (E,) the node at which it ends.
        weight: (E,) the weight w_ij of each directed edge.
        self_weight: (K,) the weights w_ii.
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
    def directed(self) -> bool:
        """Whether some edge has no edge back, or edges come and go: R and C take the place of W."""
        return False

    @property
    def period(self) -> int:
        """τ, the number of graphs that are there in turn; 1: the graph does not change."""
        return 1

    def present(self, round_: int, seed: int) -> NDArray[np.bool_] | None:
        """Return whether each edge is there in a round of a run (E,); None: all are."""
        return None

    @property
    def nodes(self) -> int:
        """K, the number of nodes."""
        return len(self.self_weight)

    @property
    def edges(self) -> Edges:
        """The directed edges without their weights."""
        return Edges(self.nodes, self.source, self.target, node_names(self.graph))

    def matrix(self) -> Reals:
        """Return the mixing matrix W, dense, K×K."""
        W = np.diag(self.self_weight)
        W[self.source, self.target] = self.weight
        return W

    def neighbours(self, node: int) -> Integers:
        """Return the nodes that ``node`` has an edge to, sorted."""
        first, last = np.searchsorted(self.source, [node, node + 1])
        return self.target[first:last]

    def digest(self) -> str:
        """Return the hex digest of the edges and weights, which must be the same on every rank."""
        digest = hashlib.blake2b(np.int64(self.nodes).tobytes(), digest_size=16)
        for ends in (self.source, self.target):
            digest.update(ends.tobytes())
        for weights in (self.weight, self.self_weight):
            digest.update((np.round(weights, DIGEST_DECIMALS) + 0.0).tobytes())  # + 0.0: no negative zeros
        return digest.hexdigest()
