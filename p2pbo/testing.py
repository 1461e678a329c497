"""Checks of problems that users write themselves."""

from __future__ import annotations

import numpy as np

from p2pbo.arrays import Rows
from p2pbo.problems import Oracles, Problem
from p2pbo.problems.node_data import Batch
from p2pbo.randomness import generator, keys, subsets


class OracleMismatch(AssertionError):
    """A disagreement of a closed-form oracle with automatic differentiation."""


def check_oracles(problem: Problem, *, tolerance: float = 1e-9, seed: int = 0) -> dict[str, float]:
    """Compare a problem's closed-form oracles and losses with autograd, on full and on drawn batches.

    Every node is checked at its own random point, in float64.

    Returns:
        The largest error of each oracle, relative to the oracle's largest entry.

    Raises:
        OracleMismatch: an error exceeds ``tolerance``; the message names the oracle and the node.
    """
    nodes = range(len(problem.nodes))
    closed, reference = (make(nodes, np.dtype(np.float64)) for make in (problem.host, problem.autograd))
    draw = generator(seed, "check_oracles")
    X, Y, V = (
        draw.standard_normal((len(nodes), dim)) for dim in (problem.dim_x, problem.dim_y, problem.dim_y)
    )
    key = keys(seed, "check_oracles/batch", np.arange(len(nodes)))
    worst: dict[str, float] = {}
    for part in (None, 0.5):
        batches = [
            None if part is None else subsets(key, counts, max(1, int(part * counts.min())))
            for counts in (closed.upper_samples, closed.lower_samples)
        ]
        expected = _evaluate(reference, X, Y, V, *batches)
        for name, value in _evaluate(closed, X, Y, V, *batches).items():
            error = _error(name, value, expected[name], tolerance)
            worst[name] = max(worst.get(name, 0.0), error)
    return worst


def _evaluate(oracles: Oracles, X: Rows, Y: Rows, V: Rows, upper: Batch, lower: Batch) -> dict[str, Rows]:
    fx, fy = oracles.upper(X, Y, upper)
    at = oracles.lower(X, Y, lower)
    hyy, hxy = at.products(V)
    gx, gy = oracles.lower_gradients(X, Y, lower)
    f, g = oracles.losses(X, Y)
    values = {"fx": fx, "fy": fy, "gx": gx, "gy": at.gy, "hyy": at.hyy(V), "hxy": at.hxy(V), "f": f, "g": g}
    return {**values, "products' hyy": hyy, "products' hxy": hxy, "lower gradients' gy": gy}


def _error(name: str, value: Rows, expected: Rows, tolerance: float) -> float:
    if value.shape != expected.shape:
        raise OracleMismatch(f"{name} has shape {value.shape}, autograd's has {expected.shape}")
    error = np.abs(value - expected).reshape(len(value), -1).max(axis=1) / max(1e-30, np.abs(expected).max())
    if not error.max() <= tolerance:
        raise OracleMismatch(
            f"{name} of node {error.argmax()} is off by {error.max():.1e}, above {tolerance:.0e}"
        )
    return float(error.max())
