"""A directed graph, with the weights of what a node hears of others and of what it hands on to them.

x_i ← Σ_j r_ij x_j        r_ij = 1 / (1 + in-degree of i)        R, row-stochastic: equal states stay equal
t_i ← Σ_j c_ij t_j        c_ij = 1 / (1 + out-degree of j)       C, column-stochastic: the sum over nodes stays

over the j that send to i, and i itself. A symmetric W is both. Where the graph changes from round to round, R and C do,
by the degrees of the round.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from p2pbo.randomness import keys, uniform
from p2pbo.topology.edges import Edges, Integers, Reals
from p2pbo.topology.graph_rounds import CYCLIC, edges_by_round
from p2pbo.topology.topology import Topology

DEGREE = "degree"
"""The weighting of directed graphs."""


@dataclass(frozen=True, eq=False)
class DirectedTopology(Topology):
    """A strongly connected directed graph: ``source`` sends to ``target``; weights are those of R.

    Attributes:
        rounds: which edges are there, (E,), in each of the τ rounds of a period; empty: all are, always.
        order: of the rounds where the graph changes: cyclic, or random, drawn anew for each.
    """

    rounds: tuple[NDArray[np.bool_], ...] = ()
    order: str = CYCLIC

    @classmethod
    def of(cls, name: str, graph: nx.DiGraph, edges: Edges) -> DirectedTopology:
        """Return the topology of a directed graph that has been checked."""
        share = degree_shares(edges.target, edges.nodes)
        weights = share[edges.target], share
        rounds, order = edges_by_round(graph, edges), graph.graph.get("order", CYCLIC)
        return cls(name, DEGREE, nx.freeze(graph), edges.source, edges.target, *weights, rounds, order)

    @property
    def period(self) -> int:
        """τ, the number of graphs that are there in turn; 1: the graph does not change."""
        return max(1, len(self.rounds))

    def present(self, round_: int, seed: int) -> NDArray[np.bool_] | None:
        """Return whether each edge is there in a round of a run (E,); None: all are."""
        if not self.rounds:
            return None
        if self.order == CYCLIC:
            return self.rounds[round_ % self.period]
        share = uniform(keys(seed, "topology rounds", round_), 0).item()
        return self.rounds[int(self.period * share)]

    @property
    def directed(self) -> bool:
        """True: R and C take the place of W."""
        return True

    def matrix(self, up: NDArray[np.bool_] | None = None) -> Reals:
        """Return R, dense, K×K, of all edges or of those that are ``up``."""
        return self._dense(self.target, up)

    def push_matrix(self, up: NDArray[np.bool_] | None = None) -> Reals:
        """Return C, dense, K×K, of all edges or of those that are ``up``."""
        return self._dense(self.source, up)

    def _dense(self, end: Integers, up: NDArray[np.bool_] | None) -> Reals:
        on = np.ones(len(end), bool) if up is None else up
        share = degree_shares(end[on], self.nodes)
        dense = np.diag(share)
        dense[self.target[on], self.source[on]] = share[end[on]]
        return dense

    def digest(self) -> str:
        """Return the hex digest of the edges, their weights and their rounds, which must be the same on every rank."""
        whole = hashlib.blake2b(super().digest().encode() + self.order.encode(), digest_size=16)
        for there in self.rounds:
            whole.update(np.packbits(there).tobytes())
        return whole.hexdigest()


def degree_shares(end: Integers, nodes: int) -> Reals:
    """Return 1 / (1 + degree) of each node (K,): the weight of its edges, and of itself.

    Args:
        end: the node of each edge whose degree counts: its target for R, its source for C.
        nodes: K.
    """
    shares: Reals = 1 / (1 + np.bincount(end, minlength=nodes))
    return shares
