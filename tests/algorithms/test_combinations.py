"""Every hypergradient × estimator × mixing: runs, and agrees with its formulas on explicit matrices."""

from itertools import product

import numpy as np
import pytest
from dense_listings import DenseNodes, drawn, ring
from stepping import NODES, assert_close, composition, final, oracles_and_sampler, quadratic, unequal_start

import p2pbo
from p2pbo.algorithms import PARTS

STEPS, TERMS, L, BATCH = 12, 5, 1.6, 12
ETA, ALPHA, BETA = 0.25, (1.3, 0.7), (0.5, 0.9)


# U after the first step, from U, D now and D at the previous point on the same batch
ESTIMATES = {
    "sgd": lambda U, D, D_before, alpha: D,
    "momentum": lambda U, D, D_before, alpha: (1 - alpha * ETA) * U + alpha * ETA * D,
    "storm": lambda U, D, D_before, alpha: D + (1 - alpha * ETA**2) * (U - D_before),
}


# (V⁺, T⁺) from V, T, U and U of the previous step (zero before the first)
def gossip(W, V, T, U, U_before, beta):
    return W @ V - ETA * beta * U, T


def tracking(W, V, T, U, U_before, beta):
    T = U if U_before is None else W @ T + U - U_before
    return V + ETA * (W @ V - beta * T - V), T


MIXES = {"gossip": gossip, "tracking": tracking}


def dense(nodes, W, start, draws, estimator, mixing):
    V, T, U = list(start), [None, None], [None, None]
    before = start
    for t, draw in enumerate(draws):
        D, D_before = nodes.directions(*V, draw), nodes.directions(*before, draw)
        before = tuple(V)
        for v in (0, 1):
            U_before = U[v]
            U[v] = D[v] if t == 0 else ESTIMATES[estimator](U[v], D[v], D_before[v], ALPHA[v])
            V[v], T[v] = MIXES[mixing](W, V[v], T[v], U[v], U_before, BETA[v])
    return V


def given_settings(parts, **more):
    """The test's values of those settings that the three parts have."""
    by_name = {"eta": ETA, "batch": BATCH, "first_batch": BATCH, "terms": TERMS, "lipschitz": L}
    by_name |= {f"alpha{v}": ALPHA[v - 1] for v in (1, 2)} | {f"beta{v}": BETA[v - 1] for v in (1, 2)}
    known = p2pbo.algorithms.METHODS.make("mdbo").check("mdbo", parts)
    return {**parts, **{name: value for name, value in by_name.items() if name in known}, **more}


COMBINATIONS = [dict(zip(PARTS, names, strict=True)) for names in product(*PARTS.values())]


@pytest.mark.parametrize("parts", COMBINATIONS, ids=lambda parts: "-".join(parts.values()))
def test_every_combination_runs(parts):
    quadratic = {"name": "quadratic", "samples": 16}
    trace = p2pbo.run(problem=quadratic, settings={**parts, "batch": 4}, steps=5, log_every=5)
    start, end = trace["upper_loss"].values
    assert np.isfinite(end)
    assert end != start
    assert (trace["bytes_sent"].values[-1] > 0).all()


@pytest.mark.parametrize("batches", ["fresh", "shared"])
@pytest.mark.parametrize("kind", ["sum", "random", "random-paper"])
@pytest.mark.parametrize("mixing", list(PARTS["mixing"]))
@pytest.mark.parametrize("estimator", list(PARTS["estimator"]))
def test_neumann_combinations_are_their_formulas(estimator, mixing, kind, batches):
    if estimator not in ESTIMATES or mixing not in MIXES:
        pytest.skip(f"no dense formula is written here for {estimator} and {mixing}")
    problem = quadratic(samples=32)
    parts = {"hypergradient": "neumann", "estimator": estimator, "mixing": mixing}
    settings = given_settings(parts, neumann=kind, neumann_batches=batches)
    start = unequal_start(problem)
    _, sampler = oracles_and_sampler(problem)
    draws = [drawn(sampler, t, BATCH, TERMS, kind, batches) for t in range(STEPS)]
    expected = dense(DenseNodes(problem, L, TERMS, kind), ring(NODES), start, draws, estimator, mixing)
    assert_close(final(problem, composition(problem, **settings), STEPS, start), expected)
