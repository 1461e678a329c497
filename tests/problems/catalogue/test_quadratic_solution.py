"""The quadratic problem's y*, z* and ∇Φ, from the nodes' data by dense solves and by finite differences of Φ."""

import numpy as np
import pytest
from problem_examples import hosted, rows_of

from p2pbo.problems import PROBLEMS, ProblemContext


def quadratic(nodes=5, seed=0, **options):
    return PROBLEMS.make("quadratic", ProblemContext(nodes, seed), **options)


@pytest.fixture(params=[0.0, 1.0, 3.0], ids=lambda heterogeneity: f"heterogeneity {heterogeneity}")
def problem(request):
    return quadratic(dim_x=6, dim_y=4, heterogeneity=request.param, samples=12, noise=0.3)


def averages(problem):
    """Ā, B̄, b̄, c̄, ē and μ: over all samples of all nodes, with the samples' weights a in Ā."""
    lower = [{k: leaf.numpy() for k, leaf in node.lower.items()} for node in problem.nodes]
    upper = [{k: leaf.numpy() for k, leaf in node.upper.items()} for node in problem.nodes]
    A = np.mean([(node["a"][:, None, None] * node["A"]).mean(0) for node in lower], axis=0)
    B, b = (np.mean([node[name].mean(0) for node in lower], axis=0) for name in ("B", "b"))
    c, e = (np.mean([node[name].mean(0) for node in upper], axis=0) for name in ("c", "e"))
    return A, B, b, c, e, upper[0]["mu"][0]


def test_the_exact_solution_is_the_dense_solve(problem):
    A, B, b, c, e, mu = averages(problem)
    for x in np.random.default_rng(0).standard_normal((3, 6)):
        exact = problem.exact(x)
        y = np.linalg.inv(A) @ (B @ x + b)
        z = -np.linalg.inv(A) @ (y - c)
        np.testing.assert_allclose(exact.y, y, rtol=1e-11)
        np.testing.assert_allclose(exact.z, z, rtol=1e-11)
        np.testing.assert_allclose(exact.hypergradient, mu * (x - e) - B.T @ z, rtol=1e-11)


def everywhere(problem, *rows):
    """The same rows on every node."""
    return [np.tile(row, (len(problem.nodes), 1)) for row in rows]


def test_the_exact_solution_makes_the_oracles_vanish(problem):
    """At (x, y*, z*) the average of gy, and of hyy(z) + fy, is zero; ∇Φ is the average of fx + hxy(z)."""
    x = np.random.default_rng(1).standard_normal(6)
    exact, oracles = problem.exact(x), hosted(problem)
    X, Y, Z = everywhere(problem, x, exact.y, exact.z)
    fx, fy = oracles.upper(X, Y, None)
    lower = oracles.lower(X, Y, None)
    assert np.abs(lower.gy.mean(0)).max() < 1e-12
    assert np.abs((lower.hyy(Z) + fy).mean(0)).max() < 1e-12
    np.testing.assert_allclose((fx + lower.hxy(Z)).mean(0), exact.hypergradient, rtol=1e-10)


def test_the_hypergradient_is_phis_slope(problem):
    """Φ(x) = (1/K) Σ f_i(x, y*(x)), by central differences along every axis."""
    oracles, h = hosted(problem), 1e-4

    def phi(x):
        return oracles.losses(*everywhere(problem, x, problem.exact(x).y))[0].mean()

    x = np.random.default_rng(2).standard_normal(6)
    slopes = [(phi(x + h * axis) - phi(x - h * axis)) / (2 * h) for axis in np.eye(6)]
    np.testing.assert_allclose(problem.exact(x).hypergradient, slopes, rtol=1e-7, atol=1e-9)


def spread(problem, rows=None):
    """The largest difference between two nodes' oracles at one common point."""
    oracles = hosted(problem)
    X, Y, V = (np.tile(row[:1], (len(problem.nodes), 1)) for row in rows_of(problem))
    lower = oracles.lower(X, Y, rows)
    values = [*oracles.upper(X, Y, rows), lower.gy, *lower.products(V)]
    return max(np.abs(value - value[0]).max() for value in values)


def test_without_heterogeneity_all_nodes_are_equal():
    assert spread(quadratic(heterogeneity=0.0)) < 1e-12
    assert spread(quadratic(heterogeneity=0.1)) > 1e-2
    assert spread(quadratic(heterogeneity=1.0)) > 5 * spread(quadratic(heterogeneity=0.1))


def test_without_noise_all_samples_are_equal():
    rows = np.random.default_rng(0).integers(64, size=(5, 1))
    assert spread(quadratic(heterogeneity=0.0, noise=0.0), rows) < 1e-12
    assert spread(quadratic(heterogeneity=0.0, noise=0.2), rows) > 1e-2


def test_noise_leaves_the_averages_alone():
    """Only batches feel the noise: the full losses' derivatives are the same for every noise."""
    quiet, noisy = (quadratic(noise=noise) for noise in (0.0, 0.5))
    x = np.ones(quiet.dim_x)
    for name in ("y", "z", "hypergradient"):
        np.testing.assert_allclose(getattr(noisy.exact(x), name), getattr(quiet.exact(x), name), rtol=1e-10)


def test_the_lipschitz_constant_is_the_largest_curvature():
    problem = quadratic(noise=0.5)
    curvatures = [
        np.linalg.eigvalsh((node.lower["a"][:, None, None] * node.lower["A"]).numpy()).max()
        for node in problem.nodes
    ]
    assert problem.lipschitz == pytest.approx(max(curvatures), rel=1e-12)
