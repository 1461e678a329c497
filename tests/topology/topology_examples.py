"""Every undirected family with every weighting, and what the tests compare reports to."""

import math

import networkx as nx
import numpy as np

from p2pbo import InputError
from p2pbo.topology import GRAPHS, WEIGHTS, build
from p2pbo.topology.graphs import is_directed

ARGUMENTS = {"er": "er:0.5", "regular": "regular:2"}
FAMILIES = [spec for spec in (ARGUMENTS.get(name, name) for name in GRAPHS) if not is_directed(spec)]
SIZES = (1, 2, 3, 4, 9, 16, 25)
IMPOSSIBLE = {
    **{(lattice, prime): "being a prime" for lattice in ("torus", "grid") for prime in (2, 3)},
    **{("hypercube", nodes): "power of two" for nodes in (3, 9, 25)},
    **{("small-world", nodes): "needs more than 4 nodes" for nodes in (2, 3, 4)},
    ("regular:2", 2): "needs more than 2 nodes",
}
"""What no family can do, and why; everything else must work."""

BUILT = [
    (family, nodes, weights)
    for family in FAMILIES
    for nodes in SIZES
    for weights in WEIGHTS
    if (family, nodes) not in IMPOSSIBLE and (weights != "uniform" or family == "complete")
]


def dense_figures(topology):
    """λ₂, λ_K, n_W(γ) and so on, from W alone."""
    W, K = topology.matrix(), topology.nodes
    every = np.linalg.eigvalsh(W)[::-1]
    others = every[1:] if K > 1 else np.zeros(1)
    contraction = np.abs(others).max()
    off = (W != 0) & ~np.eye(K, dtype=bool)
    graph = nx.from_numpy_array(off.astype(int))
    squares = every**2
    return {
        "nodes": K,
        "edges": off.sum() // 2,
        "degree_min": off.sum(0).min(),
        "degree_mean": off.sum() / K,
        "degree_max": off.sum(0).max(),
        "diameter": nx.diameter(graph),
        "lambda_2": others[0],
        "lambda_k": others[-1],
        "contraction": contraction,
        "gap": 1 - contraction,
        "rounds_to_halve": max(1.0, math.log(2) / -math.log(max(contraction, 1e-300))),
        "effective_neighbours": 100 / np.mean(squares / (1 - 0.99 * squares)),
        "floats_per_round": off.sum(),
        "floats_per_round_node": off.sum(0).max(),
    }


def refusal(*given, **options):
    """The message with which ``build`` refuses."""
    try:
        build(*given, **options)
    except InputError as error:
        return str(error)
    raise AssertionError("nothing was refused")
