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
    """The directed edges of a graph, sorted by (source, target); those of an undirected one in both directions.

    Attributes:
        nodes: K, the number of nodes, which are numbered 0 … K−1.
        source: (E,) the node at which each directed edge begins.
        target: (E,) the node at which it ends.
        names: (K,) the names of the nodes in their file or graph; empty where only their numbers are known.
    """

    nodes: int
    source: Integers
    target: Integers
    names: Sequence[str] = ()

    @classmethod
    def of(cls, graph: nx.Graph) -> Edges:
        """Return the edges of a graph whose nodes are 0 … K−1."""
        pairs = np.array(list(graph.edges), dtype=np.int64).reshape(-1, 2)
        every = pairs if graph.is_directed() else np.concatenate([pairs, pairs[:, ::-1]])
        order = np.lexsort((every[:, 1], every[:, 0]))
        source, target = every[order].T
        return cls(graph.number_of_nodes(), source.copy(), target.copy(), node_names(graph))

    @property
    def degree(self) -> Integers:
        """The number of neighbours that each node sends to, (K,)."""
        return np.bincount(self.source, minlength=self.nodes)

    def display_name(self, node: int) -> str:
        """Return the name of a node for messages: ``'alice'``, or its number."""
        return display_name(self.names[node]) if self.names else str(node)

    def edge_name(self, i: int, j: int) -> str:
        """Return the name of an edge for messages: ``edge 'alice' – 'bob'``."""
        return f"edge {self.display_name(i)} – {self.display_name(j)}"

    def row_sums(self, weight: Reals) -> Reals:
        """Return the sums (K,) of weights (E,) over the edges of each node."""
        sums: Reals = np.bincount(self.source, weights=weight, minlength=self.nodes).astype(np.float64)
        return sums


def node_names(graph: nx.Graph) -> tuple[str, ...]:
    """Return the labels of nodes 0 … K−1; an empty tuple where a node has none."""
    labels = [graph.nodes[node].get("label") for node in range(graph.number_of_nodes())]
    return () if None in labels else tuple(labels)


def display_name(name: object) -> str:
    """Return a node's name for messages, on one line: numbers as they are, text quoted and shortened."""
    return str(name) if str(name).isdecimal() else shortened(str(name))
