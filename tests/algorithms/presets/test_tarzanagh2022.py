"""FedNest: a server's iterates on the complete graph, the solution there, a floor on a sparse graph, its rounds."""

import numpy as np
import pytest
from dense_nodes import DenseNodes, of_every_node, ring
from listings.tarzanagh2022 import SETTINGS, L, fednest
from stepping import NODES, assembled, final, oracles_and_sampler, quadratic, unequal_start

from p2pbo import InputError
from p2pbo.algorithms import ALGORITHMS
from p2pbo.network import Network
from p2pbo.topology import build

STEPS = 30
SOLVED = {"heterogeneity": 1.0, "noise": 0.0, "samples": 2}
"""Unequal nodes without noise, which the methods with a local Hessian leave at a floor."""


def drawn(sampler, step, size, settings):
    """(ξ, ζ, inner ζ), the one thing that both sides share."""
    T, tau = settings["inner_steps"], settings["local_steps"]
    upper, lower = sampler.batches(step, size, tau, settings["terms"])
    _, inner = sampler.batches(step, size, 0, T * tau, purpose="local steps")
    return tuple(of_every_node(batches, NODES) for batches in (upper, lower, inner))


@pytest.mark.listing("fednest")
@pytest.mark.parametrize("more", [{}, {"inner_steps": 1}, {"local_steps": 1}, {"terms": 1}])
@pytest.mark.parametrize("size", [12, None])
def test_on_the_complete_graph_it_is_the_papers_server(size, more):
    problem, settings = quadratic(heterogeneity=1.0), {**SETTINGS["fednest"], **more}
    start = tuple(np.tile(V[0], (NODES, 1)) for V in unequal_start(problem))
    network = Network(build("complete", NODES, weights="uniform"))
    method = assembled(problem, "fednest", batch=size, **settings)
    found = final(problem, method, STEPS, start, network=network)

    _, sampler = oracles_and_sampler(problem)
    draws = [drawn(sampler, t, size, settings) for t in range(STEPS)]
    server = np.full((NODES, NODES), 1 / NODES)
    expected = fednest(DenseNodes(problem, L, 1), server, *start, draws, **settings)
    for V, reference in zip(found, expected, strict=True):
        assert np.abs(V - V.mean(0)).max() < 1e-13
        np.testing.assert_allclose(V, reference, rtol=0, atol=1e-10 * np.abs(reference).max())


def test_on_a_ring_every_average_is_one_with_the_neighbours():
    problem, settings = quadratic(heterogeneity=1.0), SETTINGS["fednest"]
    start = unequal_start(problem)
    found = final(problem, assembled(problem, "fednest", batch=12, **settings), STEPS, start)
    _, sampler = oracles_and_sampler(problem)
    draws = [drawn(sampler, t, 12, settings) for t in range(STEPS)]
    expected = fednest(DenseNodes(problem, L, 1), ring(NODES), *start, draws, **settings)
    for V, reference in zip(found, expected, strict=True):
        np.testing.assert_allclose(V, reference, rtol=0, atol=1e-10 * np.abs(reference).max())


def left(topology, steps=300, **settings):
    """‖∇Φ(x̄)‖ at the start and at the end, full batches on unequal nodes."""
    problem = quadratic(**SOLVED)
    start = unequal_start(problem)
    method = assembled(problem, "fednest", terms=60, **settings)
    X, _ = final(problem, method, steps, start, network=Network(topology))
    return [np.linalg.norm(problem.exact(V.mean(0)).hypergradient) for V in (start[0], X)]


def test_a_server_solves_the_problem_of_unequal_nodes():
    first, last = left(build("complete", NODES, weights="uniform"), alpha=1.0, beta=0.5)
    assert first > 0.1
    assert last < 1e-10


def test_neighbours_alone_leave_a_floor():
    floors = [left(build("ring", NODES), steps, alpha=0.3, beta=0.3)[1] for steps in (150, 300)]
    assert floors[1] == pytest.approx(floors[0], rel=1e-2)
    assert floors[1] > 0.1


@pytest.mark.parametrize(("inner_steps", "terms"), [(1, 10), (3, 4)])
def test_a_step_takes_two_rounds_an_inner_one_each_term_one_and_two_more(inner_steps, terms):
    problem = quadratic()
    network = Network(build("ring", NODES))
    method = assembled(problem, "fednest", inner_steps=inner_steps, terms=terms)
    final(problem, method, 5, unequal_start(problem), network=network)
    assert sum(network.rounds.values()) == 5 * (2 * inner_steps + terms + 2)
    widths = {"y": 2 * inner_steps + terms, "x": 2}
    numbers = widths["y"] * problem.dim_y + widths["x"] * problem.dim_x
    np.testing.assert_array_equal(network.edge_bytes, 5 * 8 * numbers)


def test_the_series_needs_a_lipschitz_constant():
    problem = quadratic()
    problem.lipschitz = None
    with pytest.raises(InputError, match="does not know its Lipschitz constant; set lipschitz=L"):
        assembled(problem, "fednest")


def test_its_defaults_are_those_of_the_authors_code():
    settings = ALGORITHMS.make("fednest").check("fednest", {})
    assert (settings["inner_steps"], settings["local_steps"]) == (1, 5)
