"""The keys of a stream's draws: each edge draws for itself (scope "edge"), or each node for all its edges ("node").

                       edge                    node
mask of a state        (round, {i, j})         (round)        equal states stay exactly equal
difference of a state  (round, i → j)          (round)
innovation             (round, i → j)          (round, i)     independent from node to node, as He 2024 asks
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import IndexArray
from p2pbo.randomness import Keys, keys
from p2pbo.topology import Topology

Scope = Literal["edge", "node"]


class DrawKeys:
    """Keys of a stream's draws by round and edge; edges are numbered as in the topology.

    Attributes:
        source, target: the ends of every directed edge.
    """

    def __init__(self, seed: int, stream: str, topology: Topology, scope: Scope = "edge") -> None:
        self._seed, self._purpose, self._by_node = seed, f"channel {stream}", scope == "node"
        self.source, self.target, self._nodes = topology.source, topology.target, topology.nodes

    def masks(self, round_: int, edges: IndexArray) -> Keys:
        """Return a state's mask keys, the same for both directions of an edge."""
        source, target = self._ends(edges)
        return self._state(round_, np.minimum(source, target), np.maximum(source, target))

    def differences(self, round_: int, edges: IndexArray) -> Keys:
        """Return a difference's keys, one for each directed edge."""
        return self._state(round_, *self._ends(edges))

    def innovations(self, round_: int, edges: IndexArray) -> Keys:
        """Return an innovation's keys, one for each directed edge or for each sender."""
        return self._innovation(round_, *self._ends(edges))

    def own(self, round_: int, nodes: IndexArray) -> Keys:
        """Return the keys of the codec that a node's own innovation passes through."""
        return self._innovation(round_, nodes, nodes)

    def _state(self, round_: int, source: IndexArray, target: IndexArray) -> Keys:
        if self._by_node:
            return np.broadcast_to(self._keys(round_), source.shape)
        return self._keys(round_, source * self._nodes + target)

    def _innovation(self, round_: int, source: IndexArray, target: IndexArray) -> Keys:
        return self._keys(round_, source if self._by_node else source * self._nodes + target)

    def _ends(self, edges: IndexArray) -> tuple[IndexArray, IndexArray]:
        return self.source[edges], self.target[edges]

    def _keys(self, *words: int | NDArray[np.int64]) -> Keys:
        return keys(self._seed, self._purpose, *words)
