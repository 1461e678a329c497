"""Single-level training of whole models and of submodels, against a dense loop."""

import numpy as np
import pytest
from dense_nodes import DenseNodes, ring
from listings.fedavg import fedavg
from listings.li2024 import MASKS, VARIANT
from problem_examples import small
from stepping import (
    NODES,
    assembled,
    assert_close,
    final,
    masks,
    oracles_and_sampler,
    quadratic,
    states,
    unequal_start,
)

import p2pbo
from p2pbo import InputError
from p2pbo.algorithms import ALGORITHMS
from p2pbo.topology import build

STEPS, INNER = 8, 3
STEP_SIZES = {"alpha": 0.2, "beta": 0.3}


@pytest.fixture(scope="module")
def problem():
    return quadratic(heterogeneity=1.0, dim_x=6, dim_y=8)


@pytest.mark.listing
@pytest.mark.parametrize("size", [8, None])
@pytest.mark.parametrize("name", MASKS)
def test_it_is_the_listing(problem, name, size):
    capacity = {"capacity": "1/2,1,1/4"} if MASKS[name] else {}
    method = assembled(problem, name, batch=size, inner_steps=INNER, **STEP_SIZES, **capacity)
    start = unequal_start(problem)
    visited = list(states(problem, method, STEPS, start))
    _, sampler = oracles_and_sampler(problem)
    rounds = [
        (*masks(method, q, state.point), sampler.batches(q, size, INNER, 0)[0])
        for q, state in enumerate(visited[:-1])
    ]
    expected = fedavg(DenseNodes(problem, 1.7, 1), ring(NODES), *start, rounds, **STEP_SIZES)
    assert_close(visited[-1].point, expected)
    assert ALGORITHMS.make(name).check(name, {}).get("masks") == MASKS[name]


def test_the_lower_loss_trains_y_alone(problem):
    start = unequal_start(problem)
    method = assembled(problem, "fedavg", loss="lower", inner_steps=2, **STEP_SIZES)
    X, Y = final(problem, method, 2, start)
    W, nodes = ring(NODES), DenseNodes(problem, 1.7, 1)
    x, y = start
    for _ in range(2):
        for _ in range(2):
            y = np.stack([v - 0.3 * nodes.gy(k, x[k], v, slice(None)) for k, v in enumerate(y)])
        y = W @ y
    assert_close((X, Y), (x, y))


@pytest.mark.listing
@pytest.mark.parametrize("size", [3, None])
@pytest.mark.parametrize("name", VARIANT)
def test_few_shot_learners_are_the_listing_on_the_loss_of_a_variant(name, size):
    problem = small("few-shot")
    found = p2pbo.run(
        problem=problem,
        algorithm=name,
        topology="ring",
        steps=3,
        settings={"batch": size, "inner_steps": INNER, **STEP_SIZES},
    ).final
    variant = problem.variant(VARIANT[name])
    oracles, sampler = oracles_and_sampler(variant)
    W, K = build("ring", len(variant.nodes)).matrix(), len(variant.nodes)
    X, Y = (np.tile(parameters.start, (K, 1)) for parameters in (variant.x, variant.y))
    for q in range(3):
        for batch in sampler.batches(q, size, INNER, 0)[0]:
            Dx, Dy = oracles.upper(X, Y, batch)
            X, Y = X - STEP_SIZES["alpha"] * Dx, Y - STEP_SIZES["beta"] * Dy
        X, Y = W @ X, W @ Y
    assert_close((found.x, found.y), (X, Y))
    assert np.abs(X - variant.x.start).max() > 1e-2


@pytest.mark.parametrize(("name", "variant"), VARIANT.items())
def test_a_problem_without_the_variant_is_refused(problem, name, variant):
    assert ALGORITHMS.make(name).variant == variant
    with pytest.raises(InputError, match=f"problem quadratic has no {variant} losses"):
        problem.variant(variant)
