"""Hypergradients without a series: finite differences of an unrolled descent, and conjugate gradients."""

import numpy as np
import pytest
from stepping import assembled, oracles_and_sampler, quadratic, states, unequal_start

from p2pbo import InputError
from p2pbo.algorithms import ALGORITHMS
from p2pbo.algorithms.hypergradients.conjugate_gradients import ConjugateGradients
from p2pbo.algorithms.hypergradients.finite_differences import FiniteDifferences
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.problems.newton_solution import LowerProblem, newton_solution
from p2pbo.problems.parameter_slice import ParameterSlice
from p2pbo.problems.submodels.masked_oracles import masked, submodel_oracles


@pytest.fixture(scope="module")
def logistic():
    """One node's logreg-hpo at some x and y*(x), and the exact hypergradient there."""
    problem = PROBLEMS.make("logreg-hpo", ProblemContext(1, data="synthetic"))
    oracles, sampler = oracles_and_sampler(problem)
    x = 0.3 * np.random.default_rng(0).standard_normal(problem.dim_x)
    exact = newton_solution(LowerProblem.average(oracles, x, 1), start=np.zeros(problem.dim_y))
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
        np.testing.assert_allclose((some - fx)[moved], 9 / 4 * (everything - fx)[moved], rtol=1e-7)
        changed.append(moved)
    assert not np.array_equal(changed[0], changed[1])  # drawn afresh in every step
    assert not np.array_equal(changed[0][0], changed[0][1])  # and for every node


def unrolled_by_hand(problem, oracles, point, submodels, unroll, beta):
    """fx + Sᵀ fy of each node, S = β Σ_{j<N} (I − βH)^j (−∇²_yx g), on explicit matrices and the submodel's entries."""
    X, Y = point
    X, Y = masked(X, [x for x, _ in submodels]), masked(Y, [y for _, y in submodels])
    fx, fy = oracles.upper(X, Y, None)
    at, K = oracles.lower(X, Y, None), len(X)
    H = np.stack([at.hyy(np.tile(e, (K, 1))) for e in np.eye(problem.dim_y)], axis=2)
    J = np.stack([at.hxy(np.tile(e, (K, 1))) for e in np.eye(problem.dim_y)], axis=1)  # K×dy×dx
    found = np.zeros_like(X)
    for k, (own_x, own_y) in enumerate(submodels):
        x, y = own_x.entries, own_y.entries
        step = np.eye(len(y)) - beta * H[k][np.ix_(y, y)]
        series = beta * sum(np.linalg.matrix_power(step, j) for j in range(unroll))
        found[k, x] = fx[k, x] - (series @ J[k][np.ix_(y, x)]).T @ fy[k, y]
    return found


@pytest.mark.parametrize("parts", [False, True], ids=["whole models", "submodels"])
def test_the_expectation_over_coordinates_is_the_whole_sum(parts):
    """Nodes of a submodel draw among their own coordinates, so that each has a factor of its own."""
    problem = quadratic(nodes=3, dim_x=7, dim_y=5)
    oracles, sampler = oracles_and_sampler(problem)
    point = unequal_start(problem)
    kept = ([7, 4, 2], [5, 3, 4]) if parts else ([7] * 3, [5] * 3)
    submodels = [
        (ParameterSlice(np.arange(dx), None), ParameterSlice(np.arange(dy), None))
        for dx, dy in zip(*kept, strict=True)
    ]
    method = FiniteDifferences(problem, coordinates=2, unroll=4, beta=0.3)
    drawn = np.stack(
        [
            method.directions(submodel_oracles(oracles, submodels), point, method.draw(sampler, step, None))[
                0
            ]
            for step in range(1500)
        ]
    )
    expected = unrolled_by_hand(problem, oracles, point, submodels, 4, 0.3)
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    assert (np.abs(drawn.mean(axis=0) - expected) <= 5 * error + 1e-9).all()
    assert (
        np.abs(expected - oracles.upper(*point, None)[0]).max() > 20 * error.max()
    )  # the sum would be missed


def test_sampled_coordinates_end_near_the_solution():
    """Nodes are equal and a long descent is unrolled: all that is left of a floor is the noise of drawing.

    Without the factor d/|P| it is 0.36, however small the steps.
    """
    problem = quadratic(nodes=4, heterogeneity=0.0, noise=0.0)
    settings = {"coordinates": 4, "unroll": 8, "alpha": 0.2, "beta": 0.9, "inner_steps": 3}
    start = (np.zeros((4, problem.dim_x)), np.zeros((4, problem.dim_y)))
    visited = list(states(problem, assembled(problem, "rafbo", **settings), 250, start))[-50:]
    norms = [np.linalg.norm(problem.exact(state.point[0].mean(0)).hypergradient) for state in visited]
    assert np.mean(norms) < 0.04


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
    """Three steps solve a system of three unknowns; of 40 the others have a residual of 0 to divide by."""
    problem = quadratic(nodes=2, dim_y=3)
    oracles, sampler = oracles_and_sampler(problem)
    X, Y = unequal_start(problem)
    method = ConjugateGradients(problem, terms=40)
    Dx, _ = method.directions(oracles, (X, Y), method.draw(sampler, 0, None))
    fx, fy = oracles.upper(X, Y, None)
    at = oracles.lower(X, Y, None)
    H = np.stack([at.hyy(np.tile(e, (2, 1))) for e in np.eye(3)], axis=2)
    np.testing.assert_allclose(Dx, fx - at.hxy(np.linalg.solve(H, fy[..., None])[..., 0]), rtol=1e-9)


def test_a_listing_refuses_a_hypergradient_that_carries_a_variable():
    with pytest.raises(InputError, match=r"hypergradient tracked carries a variable .*; use neumann"):
        ALGORITHMS.make("rabo").check("rabo", {"hypergradient": "tracked"})
    with pytest.raises(InputError, match=r"algorithm fedavg is a listing .* no hypergradient to replace"):
        ALGORITHMS.make("fedavg").check("fedavg", {"hypergradient": "cg"})
