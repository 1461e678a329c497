"""Hypergradients without a series: finite differences of an unrolled descent, and conjugate gradients."""

import numpy as np
import pytest
from stepping import oracles_and_sampler, quadratic, unequal_start

from p2pbo import InputError
from p2pbo.algorithms import METHODS
from p2pbo.algorithms.hypergradients.conjugate_gradients import ConjugateGradients
from p2pbo.algorithms.hypergradients.finite_differences import FiniteDifferences
from p2pbo.problems import PROBLEMS, Instance
from p2pbo.problems.implicit import Average, solve


@pytest.fixture(scope="module")
def logistic():
    """One node's logreg-hpo at some x and y*(x), and the exact hypergradient there."""
    problem = PROBLEMS.make("logreg-hpo", Instance(1, data="synthetic"))
    oracles, sampler = oracles_and_sampler(problem)
    x = 0.3 * np.random.default_rng(0).standard_normal(problem.dim_x)
    exact = solve(Average.of(oracles, x, 1), start=np.zeros(problem.dim_y))
    return problem, oracles, sampler, (x[None], exact.y[None]), exact.hypergradient


def direction(of, **settings):
    problem, oracles, sampler, point, _ = of
    method = FiniteDifferences(problem, **settings)
    return method.directions(oracles, point, method.draw(sampler, 0, None))[0][0]


def test_the_fixed_form_tends_to_the_exact_hypergradient(logistic):
    exact = logistic[-1]
    error = {
        unroll: np.linalg.norm(direction(logistic, unroll=unroll, beta=1.8) - exact) / np.linalg.norm(exact)
        for unroll in (1, 5, 10, 20)
    }
    assert error[1] > error[5] > error[10] > error[20]
    assert 0.2 < error[5] < 0.35
    assert error[20] < 0.01


def test_the_literal_form_goes_uphill(logistic):
    literal, exact = direction(logistic, rafbo_form="literal"), logistic[-1]
    assert literal @ exact < -0.9 * np.linalg.norm(literal) * np.linalg.norm(exact)


def test_the_literal_form_differences_the_gradient():
    """On the quadratic, where differences are exact: fx + ∇²_xy g fy."""
    problem = quadratic(nodes=3)
    oracles, sampler = oracles_and_sampler(problem)
    X, Y = unequal_start(problem)
    method = FiniteDifferences(problem, rafbo_form="literal", smoothing=0.5)
    found, gy = method.directions(oracles, (X, Y), method.draw(sampler, 0, 7))
    sample = method.draw(sampler, 0, 7)
    fx, fy = oracles.upper(X, Y, sample.upper)
    at = oracles.lower(X, Y, sample.unrolled[0])
    np.testing.assert_allclose(found, fx + at.hxy(fy), rtol=1e-9)
    np.testing.assert_array_equal(gy, oracles.lower(X, Y, sample.lower).gy)


def test_only_sampled_coordinates_feel_the_lower_problem():
    problem = quadratic(nodes=4, dim_x=9)
    oracles, sampler = oracles_and_sampler(problem)
    point = unequal_start(problem)
    changed = []
    for step in range(3):
        some, everything = (
            FiniteDifferences(problem, coordinates=count).directions(oracles, point, sample)[0]
            for count in (4, "all")
            for sample in [FiniteDifferences(problem).draw(sampler, step, None)]
        )
        fx, _ = oracles.upper(*point, None)
        moved = ~np.isclose(some, fx, rtol=1e-12)
        assert (moved.sum(axis=1) == 4).all()
        np.testing.assert_array_equal(some[moved], everything[moved])
        changed.append(moved)
    assert not np.array_equal(changed[0], changed[1])  # drawn afresh in every step
    assert not np.array_equal(changed[0][0], changed[0][1])  # and for every node


@pytest.mark.parametrize("size", [None, 6])
def test_conjugate_gradients_solve_the_system(size):
    problem = quadratic(nodes=3, dim_y=8)
    oracles, sampler = oracles_and_sampler(problem)
    X, Y = unequal_start(problem)
    method = ConjugateGradients(problem, terms=12)
    sample = method.draw(sampler, 4, size)
    found, gy = method.directions(oracles, (X, Y), sample)
    fx, fy = oracles.upper(X, Y, sample.upper)
    at = oracles.lower(X, Y, sample.lower)
    H = np.stack([at.hyy(np.tile(e, (3, 1))) for e in np.eye(8)], axis=2)
    p = np.stack([np.linalg.solve(H[k], fy[k]) for k in range(3)])
    np.testing.assert_allclose(found, fx - at.hxy(p), rtol=1e-9)
    np.testing.assert_array_equal(gy, at.gy)


def test_conjugate_gradients_stop_where_nothing_is_left():
    problem = quadratic(nodes=2, dim_y=3)
    oracles, sampler = oracles_and_sampler(problem)
    method = ConjugateGradients(problem, terms=40)
    Dx, _ = method.directions(oracles, unequal_start(problem), method.draw(sampler, 0, None))
    assert np.isfinite(Dx).all()


def test_a_listing_refuses_a_hypergradient_that_carries_a_variable():
    with pytest.raises(InputError, match=r"hypergradient tracked carries a variable .*; use neumann"):
        METHODS.make("rabo").check("rabo", {"hypergradient": "tracked"})
    with pytest.raises(InputError, match=r"algorithm fedavg is a listing .* no hypergradient to replace"):
        METHODS.make("fedavg").check("fedavg", {"hypergradient": "cg"})
