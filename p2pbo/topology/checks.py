"""What every mixing matrix must be: connected, symmetric, doubly stochastic, and one that mixes."""

from __future__ import annotations

import networkx as nx
import numpy as np

from p2pbo.errors import InputError
from p2pbo.topology.edges import Edges, Reals
from p2pbo.topology.spectrum.laplacian import extreme_eigenvalues

TOLERANCE = 1e-12


def check_connected(subject: str, graph: nx.Graph, edges: Edges) -> None:
    """Every node can hear of every other one.

    Raises:
        InputError: naming the number of components and a node of each of two.
    """
    first = nx.node_connected_component(graph, 0)
    if len(first) == graph.number_of_nodes():
        return
    apart = next(node for node in graph if node not in first)
    parts = nx.number_connected_components(graph)
    cause = f"falls into {parts} components: no path joins nodes {edges.called(0)} and {edges.called(apart)}"
    raise InputError(subject, cause, "add edges until every node can be reached")


def check_mixing(subject: str, edges: Edges, weight: Reals, self_weight: Reals) -> None:
    """W is finite, symmetric and doubly stochastic, each to 1e-12.

    Raises:
        InputError: naming the entry or the row.
    """
    if not (np.isfinite(weight).all() and np.isfinite(self_weight).all()):
        raise InputError(subject, "has weights that are not finite", "give finite ones")
    transposed = weight[np.lexsort((edges.source, edges.target))]
    if len(wrong := np.flatnonzero(np.abs(weight - transposed) > TOLERANCE)):
        e = wrong[0]
        i, j = edges.source[e], edges.target[e]
        cause = f"is not symmetric: entry ({i}, {j}) is {weight[e]:.6g} and ({j}, {i}) is {transposed[e]:.6g}"
        raise InputError(subject, cause, "give both directions of an edge the same weight")
    sums = self_weight + edges.row_sums(weight)
    if len(wrong := np.flatnonzero(np.abs(sums - 1) > TOLERANCE)):
        cause = f"is not doubly stochastic: row {wrong[0]} sums to {sums[wrong[0]]:.15g}, not 1"
        raise InputError(subject, cause, "set each w_ii to 1 − Σ_j w_ij, in float64")


def check_mixes(subject: str, edges: Edges, weight: Reals) -> None:
    """All eigenvalues of W but one lie in (−1, 1), so repeated mixing comes to agreement.

    Raises:
        InputError: naming the eigenvalue that does not.
    """
    smallest, largest = extreme_eigenvalues(edges, weight)
    if min(smallest, 2 - largest) <= TOLERANCE:
        outside = 1 - (smallest if smallest <= TOLERANCE else largest)
        cause = f"never comes to agreement: it has an eigenvalue {outside:.6g}"
        raise InputError(subject, cause, "keep all but one in (−1, 1), for example by ½ (I + W)")
