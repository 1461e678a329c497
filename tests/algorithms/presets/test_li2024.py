"""RABO and RAFBO against Li 2024's server loop and its form over a graph, on explicit matrices."""

import numpy as np
import pytest
from dense_nodes import DenseNodes, Draws, drawn, of_every_node, ring
from listings import li2024
from listings.li2024 import HYPERGRADIENT, SMOOTHING, STEP_SIZES, UNROLL
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

from p2pbo.algorithms.submodels import POLICIES

STEPS, TERMS, L = 10, 6, 1.7
INNER = 3
CAPACITY = "1,1/2,1/4,1/8,1/16"


@pytest.fixture(scope="module")
def problem():
    return quadratic(heterogeneity=1.0, dim_x=12, dim_y=20)


def inner_batches(sampler, step, size):
    return of_every_node(sampler.batches(step, size, 0, INNER, purpose="local steps")[1], NODES)


def rounds(problem, method, visited, size, draws):
    _, sampler = oracles_and_sampler(problem)
    return [
        (*masks(method, q, state.point), inner_batches(sampler, q, size), draws(sampler, q))
        for q, state in enumerate(visited[:-1])
    ]


def neumann_draws(size):
    return lambda sampler, q: drawn(sampler, q, size, TERMS)


def unrolled_draws(size, unroll):
    def draws(sampler, q):
        (upper,), (_, *factors) = sampler.batches(q, size, upper=1, lower=1 + unroll)
        (upper,), factors = of_every_node([upper], NODES), of_every_node(factors, NODES)
        return [Draws(upper[k], None, None, [rows[k] for rows in factors]) for k in range(NODES)]

    return draws


SERIES = {"terms": TERMS, "lipschitz": L}
DIFFERENCES = {"unroll": UNROLL, "smoothing": SMOOTHING}


def compared(problem, name, policy, size, structure, start, topology):
    """The method's states, and the rounds of the listing."""
    own = SERIES if name == "rabo" else DIFFERENCES
    given = {
        "masks": policy,
        "capacity": CAPACITY,
        "structure": structure,
        "inner_steps": INNER,
        "batch": size,
    }
    method = assembled(problem, name, **given, **own, **STEP_SIZES)
    visited = list(states(problem, method, STEPS, start, topology=topology))
    draws = neumann_draws(size) if name == "rabo" else unrolled_draws(size, UNROLL)
    return visited, rounds(problem, method, visited, size, draws)


@pytest.mark.listing
@pytest.mark.parametrize("structure", ["units", "entries"])
@pytest.mark.parametrize("policy", list(POLICIES))
@pytest.mark.parametrize("name", HYPERGRADIENT)
def test_a_complete_graph_of_uniform_weights_is_the_server(problem, name, policy, structure):
    draw = np.random.default_rng(3)
    x, y = draw.standard_normal(problem.dim_x), draw.standard_normal(problem.dim_y)
    start = tuple(np.tile(v, (NODES, 1)) for v in (x, y))
    visited, made = compared(problem, name, policy, 12, structure, start, "complete")
    nodes = DenseNodes(problem, L, TERMS)
    x, y = li2024.server(nodes, HYPERGRADIENT[name], x, y, made, **STEP_SIZES)
    assert_close(visited[-1].point, [np.tile(v, (NODES, 1)) for v in (x, y)], relative=1e-10)


@pytest.mark.parametrize("size", [12, None])
@pytest.mark.parametrize("policy", list(POLICIES))
@pytest.mark.parametrize("name", HYPERGRADIENT)
def test_a_ring_is_the_listing_over_a_graph(problem, name, policy, size):
    start = unequal_start(problem)
    visited, made = compared(problem, name, policy, size, "units", start, "ring")
    nodes = DenseNodes(problem, L, TERMS)
    expected = li2024.graph(nodes, HYPERGRADIENT[name], ring(NODES), *start, made, **STEP_SIZES)
    assert_close(visited[-1].point, expected, relative=1e-10)


@pytest.mark.parametrize("policy", list(POLICIES))
def test_rabo_of_whole_models_is_fedmbo(problem, policy):
    start, given = unequal_start(problem), {"batch": 8, **SERIES, **STEP_SIZES}
    found, expected = (
        final(problem, assembled(problem, name, **given, **more), 10, start)
        for name, more in (("rabo", {"capacity": "1", "masks": policy}), ("fedmbo", {}))
    )
    assert_close(found, expected)
