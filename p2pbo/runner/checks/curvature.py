"""A check that L covers the curvature of the lower problems at the start, without which Neumann series diverge.

v ← H v/‖H v‖,  ‖H v‖ → ‖H‖,  H = ∇²_yy g_i(x⁰, y⁰; ζ_i)          a few power iterations for each node

ζ is the first step's batch, v is drawn by node, and none of it counts as work.
"""

from __future__ import annotations

import warnings
from contextlib import nullcontext

import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms.local_hypergradient import lipschitz_constant
from p2pbo.algorithms.state import Point
from p2pbo.errors import Notice
from p2pbo.network import Network
from p2pbo.randomness import keys, uniform
from p2pbo.runner.assembly import Assembly

PRODUCTS = 10
"""The number of power iterations; ‖H‖ is never overestimated, and all but met where one direction dominates."""

ROUNDING = 1e-3
"""The relative excess over L that rounding alone measures where L is ‖H‖, in single precision."""


def exceeds_lipschitz(assembly: Assembly, network: Network) -> bool:
    """Tell whether a node's lower problem curves more than the method's L, and warn of it on rank 0."""
    settings = assembly.description.algorithm.settings
    if "lipschitz" not in settings:
        return False
    L = lipschitz_constant(assembly.problem, settings["lipschitz"])
    found = _all_curvatures(assembly, network)
    steep = found > (1 + ROUNDING) * L
    if steep.any() and network.ranks.rank == 0:
        node = int(found.argmax())
        cause = (
            f"is below the curvature of the lower losses of {steep.sum()} of {len(steep)} nodes at the start, "
            f"{found[node]:.4g} at node {node}, so that a Neumann series may diverge"
        )
        remedy = f"set lipschitz={1.1 * found[node]:.2g} or more"
        warnings.warn(f"lipschitz = {L:.4g} {cause}; {remedy}", Notice, stacklevel=2)
    return bool(steep.any())


def _all_curvatures(assembly: Assembly, network: Network) -> NDArray[np.float64]:
    """Return the curvature of every node of the network, on all ranks."""
    cost, hosted = assembly.oracles.cost, network.hosted
    found = np.zeros(network.topology.nodes)
    with cost.paused() if cost is not None else nullcontext():
        found[hosted.start : hosted.stop] = curvatures(assembly, assembly.start().point, hosted)
    return network.ranks.total(found)


def curvatures(assembly: Assembly, point: Point, hosted: range) -> NDArray[np.float64]:
    """Return ‖H‖ of each hosted node at ``point``, from below."""
    X, Y, *_ = point
    _, (batch,) = assembly.sampler.batches(0, assembly.algorithm.batches[0], upper=0, lower=1)
    at = assembly.oracles.lower(X, Y, batch)
    key = keys(assembly.description.seed, "curvature", np.asarray(hosted))
    V = (uniform(key[:, None], np.arange(Y.shape[1])) - 0.5).astype(Y.dtype)
    size = _norms(V)
    for _ in range(PRODUCTS):
        V = at.hyy(np.divide(V, size, out=np.zeros_like(V), where=size > 0))
        size = _norms(V)
    return size[:, 0].astype(np.float64)


def _norms(V: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.linalg.norm(V, axis=1, keepdims=True)
