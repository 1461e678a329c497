"""The edges of a graph as arrays, for everything that is computed edge by edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from reprlib import repr as shortened

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
        names: (K) what the nodes are called in the file or graph that they come from; empty where nothing else is
            known than their numbers.
    """

    nodes: int
    source: Integers
    target: Integers
    names: Sequence[str] = ()

    @classmethod
    def of(cls, graph: nx.Graph) -> Edges:
        """Return the edges of an undirected graph whose nodes are 0 … K−1."""
        pairs = np.array(list(graph.edges), dtype=np.int64).reshape(-1, 2)
        both = np.concatenate([pairs, pairs[:, ::-1]])
        order = np.lexsort((both[:, 1], both[:, 0]))
        source, target = both[order].T
        return cls(graph.number_of_nodes(), source.copy(), target.copy(), names_of(graph))

    @property
    def degree(self) -> Integers:
        """(K,) how many neighbours each node has."""
        return np.bincount(self.source, minlength=self.nodes)

    def called(self, node: int) -> str:
        """Return a node as messages call it: ``'alice'``, or its number."""
        return called(self.names[node]) if self.names else str(node)

    def between(self, i: int, j: int) -> str:
        """Return an edge as messages call it: ``edge 'alice' – 'bob'``."""
        return f"edge {self.called(i)} – {self.called(j)}"

    def row_sums(self, weight: Reals) -> Reals:
        """Return (K,) the weights (E,) summed over each node's edges."""
        sums: Reals = np.bincount(self.source, weights=weight, minlength=self.nodes).astype(np.float64)
        return sums


def names_of(graph: nx.Graph) -> tuple[str, ...]:
    """Return the labels of nodes 0 … K−1; empty where a node has none."""
    labels = [graph.nodes[node].get("label") for node in range(graph.number_of_nodes())]
    return () if None in labels else tuple(labels)


def called(name: object) -> str:
    """A node's name as messages write it, on one line: numbers as they are, text in quotes and not too long."""
    return str(name) if str(name).isdecimal() else shortened(str(name))
