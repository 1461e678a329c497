"""Checks of a mixing matrix: connected, symmetric, doubly stochastic, contracting."""

from __future__ import annotations

import networkx as nx
import numpy as np

from p2pbo.errors import InputError
from p2pbo.topology.edges import Edges, Reals
from p2pbo.topology.spectrum.laplacian import extreme_eigenvalues

WEIGHT_TOLERANCE = 1e-12


def check_connected(subject: str, graph: nx.Graph, edges: Edges) -> None:
    """Check that a path joins every two nodes of a graph.

    Raises:
        InputError: the graph has several components; the message counts them and names a node of each of two.
    """
    if graph.is_directed():
        _check_strongly_connected(subject, graph, edges)
        return
    first = nx.node_connected_component(graph, 0)
    if len(first) == graph.number_of_nodes():
        return
    apart = next(node for node in graph if node not in first)
    parts = nx.number_connected_components(graph)
    ends = f"{edges.display_name(0)} and {edges.display_name(apart)}"
    cause = f"falls into {parts} components: no path joins nodes {ends}"
    raise InputError(subject, cause, "add edges until every node can be reached")


def _check_strongly_connected(subject: str, graph: nx.DiGraph, edges: Edges) -> None:
    """Check that a path leads from every node of a directed graph to every other one."""
    for reversed_, way in enumerate([graph, graph.reverse(copy=False)]):
        found = {0, *nx.descendants(way, 0)}
        if len(found) == graph.number_of_nodes():
            continue
        apart = next(node for node in graph if node not in found)
        first, last = (apart, 0) if reversed_ else (0, apart)
        cause = f"is not strongly connected: no path leads from node {edges.display_name(first)} to node "
        remedy = "add edges until one does, or say --undirected (in Python undirected=True)"
        raise InputError(subject, cause + edges.display_name(last), remedy)


def check_doubly_stochastic(subject: str, edges: Edges, weight: Reals, self_weight: Reals) -> None:
    """Check that W is finite, symmetric and doubly stochastic, each to 1e-12.

    Raises:
        InputError: it is not; the message names the entry or the row.
    """
    if not (np.isfinite(weight).all() and np.isfinite(self_weight).all()):
        raise InputError(subject, "has weights that are not finite", "give finite ones")
    transposed = weight[np.lexsort((edges.source, edges.target))]
    if len(wrong := np.flatnonzero(np.abs(weight - transposed) > WEIGHT_TOLERANCE)):
        e = wrong[0]
        i, j = edges.source[e], edges.target[e]
        cause = f"is not symmetric: entry ({i}, {j}) is {weight[e]:.6g} and ({j}, {i}) is {transposed[e]:.6g}"
        raise InputError(subject, cause, "give both directions of an edge the same weight")
    sums = self_weight + edges.row_sums(weight)
    if len(wrong := np.flatnonzero(np.abs(sums - 1) > WEIGHT_TOLERANCE)):
        cause = f"is not doubly stochastic: row {wrong[0]} sums to {sums[wrong[0]]:.15g}, not 1"
        raise InputError(subject, cause, "set each w_ii to 1 − Σ_j w_ij, in float64")


def check_contraction(subject: str, edges: Edges, weight: Reals) -> None:
    """Check that all eigenvalues of W but one lie in (−1, 1), so that repeated mixing comes to agreement.

    Raises:
        InputError: one does not; the message names it.
    """
    smallest, largest = extreme_eigenvalues(edges, weight)
    if min(smallest, 2 - largest) <= WEIGHT_TOLERANCE:
        outside = 1 - (smallest if smallest <= WEIGHT_TOLERANCE else largest)
        cause = f"never comes to agreement: it has an eigenvalue {outside:.6g}"
        raise InputError(subject, cause, "keep all but one in (−1, 1), for example by ½ (I + W)")
