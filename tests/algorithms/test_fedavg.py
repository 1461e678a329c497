"""Single-level training of whole models and of submodels, against a dense loop."""

import numpy as np
import pytest
from dense_listings import DenseNodes, ring
from stepping import (
    NODES,
    assert_close,
    composition,
    final,
    oracles_and_sampler,
    quadratic,
    states,
    unequal_start,
)
from submodel_listings import MASKS, VARIANT, averaged

from p2pbo import InputError
from p2pbo.algorithms import ALGORITHMS

STEPS, INNER = 8, 3
STEP_SIZES = {"alpha": 0.2, "beta": 0.3}


@pytest.fixture(scope="module")
def problem():
    return quadratic(heterogeneity=1.0, dim_x=6, dim_y=8)


def masks(method, q, point):
    rows = [np.ones_like(V) for V in point]
    submodels = method.submodels.round(q, range(NODES), point).submodels
    for k, submodel in enumerate(submodels or ()):
        for V, cut in zip(rows, submodel, strict=True):
            V[k] = np.isin(np.arange(V.shape[1]), cut.entries)
    return rows


def listing(nodes, W, X, Y, rounds, *, alpha, beta):
    """Local steps along the upper loss on the submodel, then averages over those who train an entry."""
    for M_x, M_y, inner in rounds:
        X, Y = X.copy(), Y.copy()
        for batch in inner:
            for k in range(len(W)):
                rows = slice(None) if batch is None else batch[k]
                x, y = X[k] * M_x[k], Y[k] * M_y[k]
                X[k] -= alpha * nodes.fx(k, x, rows) * M_x[k]
                Y[k] -= beta * nodes.fy(k, y, rows) * M_y[k]
        X, Y = averaged(W, M_x, X), averaged(W, M_y, Y)
    return X, Y


@pytest.mark.parametrize("size", [8, None])
@pytest.mark.parametrize("name", MASKS)
def test_it_is_the_listing(problem, name, size):
    capacity = {"capacity": "1/2,1,1/4"} if MASKS[name] else {}
    method = composition(problem, name, batch=size, inner_steps=INNER, **STEP_SIZES, **capacity)
    start = unequal_start(problem)
    visited = list(states(problem, method, STEPS, start))
    _, sampler = oracles_and_sampler(problem)
    rounds = [
        (*masks(method, q, state.point), sampler.batches(q, size, INNER, 0)[0])
        for q, state in enumerate(visited[:-1])
    ]
    expected = listing(DenseNodes(problem, 1.7, 1), ring(NODES), *start, rounds, **STEP_SIZES)
    assert_close(visited[-1].point, expected)
    assert ALGORITHMS.make(name).check(name, {}).get("masks") == MASKS[name]


def test_the_lower_loss_trains_y_alone(problem):
    start = unequal_start(problem)
    method = composition(problem, "fedavg", loss="lower", inner_steps=2, **STEP_SIZES)
    X, Y = final(problem, method, 2, start)
    W, nodes = ring(NODES), DenseNodes(problem, 1.7, 1)
    x, y = start
    for _ in range(2):
        for _ in range(2):
            y = np.stack([v - 0.3 * nodes.gy(k, x[k], v, slice(None)) for k, v in enumerate(y)])
        y = W @ y
    assert_close((X, Y), (x, y))


@pytest.mark.parametrize(("name", "variant"), VARIANT.items())
def test_few_shot_learners_train_a_variant(problem, name, variant):
    assert ALGORITHMS.make(name).variant == variant
    with pytest.raises(InputError, match=f"problem quadratic has no {variant} losses"):
        problem.variant(variant)
