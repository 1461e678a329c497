"""The undirected edges of a graph: faults of an edge are those of both its directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pbo.arrays import IndexArray
from p2pbo.topology import Topology


@dataclass(frozen=True, eq=False)
class UndirectedEdges:
    """The undirected edges of a graph of ``nodes`` nodes, each a pair of neighbours.

    Attributes:
        nodes: K.
        first, second: the ends of each pair, ``first`` < ``second``, sorted.
        of_edge: the pair of each directed edge, as the topology numbers these.
    """

    nodes: int
    first: IndexArray
    second: IndexArray
    of_edge: IndexArray

    @staticmethod
    def of(topology: Topology) -> UndirectedEdges:
        """Return the undirected edges of a topology."""
        source, target = topology.source, topology.target
        ends = np.minimum(source, target) * topology.nodes + np.maximum(source, target)
        pairs, of_edge = np.unique(ends, return_inverse=True)
        return UndirectedEdges(topology.nodes, *np.divmod(pairs, topology.nodes), of_edge)

    @property
    def numbers(self) -> IndexArray:
        """The numbers 0, 1, … that name the edges in draws."""
        return np.arange(len(self.first))
