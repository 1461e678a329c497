"""A checked topology from what a user gives: a name, a file, a graph or a matrix."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import networkx as nx
import numpy as np

from p2pbo.errors import InputError
from p2pbo.shipped import shipped_topologies
from p2pbo.topology.checks import check_connected, check_contraction, check_doubly_stochastic
from p2pbo.topology.directed_topology import DEGREE, DirectedTopology
from p2pbo.topology.edges import Edges, Reals
from p2pbo.topology.files import READERS, format_suffix, read_graph
from p2pbo.topology.graph_rounds import period, union_of_rounds
from p2pbo.topology.graphs import GRAPHS, family_graph, is_directed
from p2pbo.topology.stored_weights import FILE, has_stored_weights, stored_weights
from p2pbo.topology.topology import Topology
from p2pbo.topology.user_graphs import numbered_graph
from p2pbo.topology.weights import WEIGHTS

DEFAULT_WEIGHTS = "metropolis"

AUTO = "auto"
"""The weights that a graph stores, if it does; else ``DEFAULT_WEIGHTS``."""

OneGraph: TypeAlias = str | Path | nx.Graph
"""A family, a file, or a graph."""

SCHEDULE = "schedule"
"""The name of several graphs that are there in turn."""

CUSTOM = "custom"
"""The name of what is given as a Python object, and of a topology's weights then; its run is repeated by no trace."""


def build(
    topology: OneGraph | Sequence[OneGraph] | np.ndarray,
    nodes: int | None = None,
    weights: str = AUTO,
    seed: int = 0,
    undirected: bool = False,
) -> Topology:
    """Build a topology and check it: connected, symmetric, doubly stochastic; a directed graph strongly connected.

    Args:
        topology: a family (``"ring"``, ``"er:0.3"``, ``"torus:3x5"``), a file (see :data:`READERS`), the name of one
            that comes with p2pbo (``"abilene"``), a networkx graph, a K×K array, which is W itself, or several graphs,
            which are there in turn, one a round.
        nodes: K; may be left out where ``topology`` determines it.
        weights: a weighting rule (``"metropolis"``, ``"lazy:max-degree"``), ``"file"`` for the ``mixing_weight`` of a
            file's edges, or ``"auto"``: these where any edge has one, else Metropolis weights. An array, and a networkx
            graph whose edges have a ``mixing_weight``, have ``"custom"`` weights. Directed graphs have ``"degree"``
            weights (:mod:`p2pbo.topology.directed_topology`).
        seed: the seed of random families.
        undirected: read a directed graph as an undirected one.

    Raises:
        InputError: one of these cannot be used, or they do not fit together.
    """
    if isinstance(topology, np.ndarray):
        if weights not in (AUTO, CUSTOM):
            remedy = "leave the weights out, or give a networkx graph"
            raise InputError(f"weights {weights}", "cannot go with a matrix, which is W itself", remedy)
        return _from_matrix(topology, nodes)
    name, graph, own = _graph(topology, nodes, seed, undirected)
    subject = f"topology {name}"
    _check_nodes(subject, graph.number_of_nodes(), nodes)
    edges = Edges.of(graph)
    check_connected(subject, graph, edges)
    if graph.is_directed():
        _check_directed_weights(subject, graph, weights)
        return DirectedTopology.of(name, graph, edges)
    if weights == DEGREE:
        raise InputError(
            "weights degree", f"are of directed graphs, and {subject} is undirected", "use metropolis"
        )
    if weights == AUTO:
        weights = own if has_stored_weights(graph) else DEFAULT_WEIGHTS
    brought = weights == own
    weight = stored_weights(subject, graph, edges) if brought else WEIGHTS.make(weights, edges)
    built = _checked(name, weights, graph, edges, weight, 1 - edges.row_sums(weight))
    if brought:
        check_contraction(subject, edges, weight)
    return built


def check_weights(weights: str) -> None:
    """Check the name and the settings of a weighting without a graph.

    Raises:
        InputError: there is no such weighting.
    """
    if weights not in (AUTO, FILE, DEGREE):
        WEIGHTS.check(weights)


def known_weights(topology: str, weights: str) -> str:
    """Return the weighting as far as it is known before a graph is built: undirected families store no weights."""
    return (
        DEFAULT_WEIGHTS if weights == AUTO and not (is_file(topology) or is_directed(topology)) else weights
    )


def is_file(topology: str | Path) -> bool:
    """Tell whether a topology names a file: it is no family, and looks like a path, is one, or comes with p2pbo."""
    name = str(topology)
    family_name = name.partition(":")[0]
    if isinstance(topology, str) and family_name in GRAPHS:
        return False
    looks = "/" in name or bool(Path(family_name).suffix) or format_suffix(Path(name)) in READERS
    return looks or isinstance(topology, Path) or _is_there(name) or name in shipped_topologies()


def _check_directed_weights(subject: str, graph: nx.DiGraph, weights: str) -> None:
    if weights not in (AUTO, DEGREE):
        cause = f"need an undirected graph, and {subject} is directed"
        other = "" if period(graph) > 1 else ", or read it as undirected: --undirected"
        raise InputError(f"weights {weights}", cause, f"leave them out{other}")
    if has_stored_weights(graph):
        cause = "has a mixing_weight on directed edges, and it is not clear whether of R or of C"
        raise InputError(subject, cause, "remove it: both follow from the degrees")


def _graph_path(name: str) -> Path:
    """Return the file that a topology names: the one at this path, else the one that comes with p2pbo."""
    return Path(name) if _is_there(name) else shipped_topologies().get(name, Path(name))


def _is_there(name: str) -> bool:
    return os.path.isfile(name)  # noqa: PTH113, no long name ends it


def _graph(
    topology: OneGraph | Sequence[OneGraph], nodes: int | None, seed: int, undirected: bool
) -> tuple[str, nx.Graph, str]:
    """Return the name of a topology, its graph, and the name of the weights that the graph stores."""
    if isinstance(topology, Sequence) and not isinstance(topology, str):
        return SCHEDULE, _union(topology, nodes, seed, undirected), CUSTOM
    if isinstance(topology, nx.Graph):
        return CUSTOM, numbered_graph("topology custom", topology, undirected), CUSTOM
    name = str(topology)
    if is_file(topology):
        return name, read_graph(_graph_path(name), undirected), FILE
    family = family_graph(name, nodes, seed)
    if undirected and period(family) > 1:
        cause = "changes from round to round, and --undirected would take all its edges at once"
        raise InputError(f"topology {name}", cause, "leave --undirected out, or use exponential")
    return name, family.to_undirected() if undirected else family, FILE


def _union(graphs: Sequence[OneGraph], nodes: int | None, seed: int, undirected: bool) -> nx.DiGraph:
    """Return the union of graphs that are there in turn."""
    if not graphs:
        raise InputError(f"topology {SCHEDULE}", "is an empty list of graphs", "give it one or more")
    names, built, _ = zip(*(_graph(one, nodes, seed, undirected) for one in graphs), strict=True)
    return union_of_rounds(built, names, layout="circle")


def _check_nodes(subject: str, there: int, asked: int | None) -> None:
    if asked is not None and there != asked:
        raise InputError(subject, f"has {there} nodes, not {asked}", f"use --nodes {there}")


def _from_matrix(W: np.ndarray, nodes: int | None) -> Topology:
    subject = "topology custom"
    if W.ndim != 2 or W.shape[0] != W.shape[1] or not len(W) or W.dtype.kind not in "fiub":
        shape = "×".join(map(str, W.shape))
        raise InputError(subject, f"is a {shape} array of {W.dtype}", "give a K×K array of real weights")
    _check_nodes(subject, len(W), nodes)
    W = W.astype(np.float64)
    if len(odd := np.argwhere(~np.isfinite(W))):
        i, j = odd[0]
        raise InputError(subject, f"has {W[i, j]} in entry ({i}, {j})", "give finite weights")
    link = (W != 0) | (W.T != 0)  # a weight in one direction only is then named as not symmetric
    np.fill_diagonal(link, False)
    graph = nx.Graph()
    graph.add_nodes_from(range(len(W)))
    graph.add_edges_from(np.argwhere(np.triu(link)).tolist())
    edges = Edges.of(graph)
    check_connected(subject, graph, edges)
    weight = W[edges.source, edges.target]
    topology = _checked(CUSTOM, CUSTOM, graph, edges, weight, W.diagonal().copy())
    check_contraction(subject, edges, weight)
    return topology


def _checked(
    name: str, weighting: str, graph: nx.Graph, edges: Edges, weight: Reals, self_weight: Reals
) -> Topology:
    check_doubly_stochastic(f"topology {name}", edges, weight, self_weight)
    return Topology(name, weighting, nx.freeze(graph), edges.source, edges.target, weight, self_weight)
