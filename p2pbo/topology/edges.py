"""The edges of a graph as arrays, for everything that is computed edge by edge."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Edges:
    """Every edge of an undirected graph in both directions, sorted by (source, target).

    Attributes:
        nodes: K, the number of nodes; they are called 0 … K−1.
        source: (E,) where each directed edge begins.
        target: (E,) where it ends.
    """

    nodes: int
    source: Integers
    target: Integers

    @classmethod
    def of(cls, graph: nx.Graph) -> Edges:
        """The edges of an undirected graph whose nodes are 0 … K−1."""
        pairs = np.array(list(graph.edges), dtype=np.int64).reshape(-1, 2)
        both = np.concatenate([pairs, pairs[:, ::-1]])
        order = np.lexsort((both[:, 1], both[:, 0]))
        source, target = both[order].T
        return cls(graph.number_of_nodes(), source.copy(), target.copy())

    @property
    def degree(self) -> Integers:
        """(K,) how many neighbours each node has."""
        return np.bincount(self.source, minlength=self.nodes)

    def row_sums(self, weight: Reals) -> Reals:
        """(K,) the weights (E,) summed over each node's edges."""
        sums: Reals = np.bincount(self.source, weights=weight, minlength=self.nodes).astype(np.float64)
        return sums
