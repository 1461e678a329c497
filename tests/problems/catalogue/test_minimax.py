"""The minimax problem's y*, z* = 0 and ∇Φ: from the nodes' data, by finite differences, and where methods end."""

import numpy as np
import pytest
from problem_examples import hosted

import p2pbo
from p2pbo.problems import PROBLEMS, ProblemContext

NODES = 5


@pytest.fixture(params=[0.0, 1.0, 3.0], ids=lambda heterogeneity: f"heterogeneity {heterogeneity}")
def problem(request):
    options = {"dim_x": 6, "dim_y": 4, "heterogeneity": request.param, "samples": 12, "noise": 0.3}
    return PROBLEMS.make("minimax", ProblemContext(NODES), **options)


def averages(problem):
    """Ā, B̄, C̄, p̄ and q̄: over all samples of all nodes, with the samples' scales in C̄."""
    data = [{name: leaf.numpy() for name, leaf in node.upper.items()} for node in problem.nodes]
    A, B, p, q = (np.mean([node[name].mean(0) for node in data], axis=0) for name in "ABpq")
    return A, B, np.mean([(node["s"][:, None, None] * node["C"]).mean(0) for node in data], axis=0), p, q


def value(problem, x, y):
    """(1/K) Σ f_i(x, y), from the averages."""
    A, B, C, p, q = averages(problem)
    return x @ A @ x / 2 + x @ B @ y - y @ C @ y / 2 + p @ x + q @ y


def test_losses_are_the_averages_and_opposite(problem):
    x, y = np.random.default_rng(0).standard_normal((2, 6))
    f, g = hosted(problem).losses(np.tile(x, (NODES, 1)), np.tile(y[:4], (NODES, 1)))
    np.testing.assert_allclose(f.mean(), value(problem, x, y[:4]), rtol=1e-12)
    np.testing.assert_array_equal(g, -f)


def test_y_star_is_the_maximum_and_the_hypergradient_phis_slope(problem):
    """Φ(x) = max_y f̄(x, y) by a dense solve, differentiated along every axis."""
    _, B, C, _, q = averages(problem)
    assert np.linalg.eigvalsh(C).min() > 0

    def phi(x):
        return value(problem, x, np.linalg.inv(C) @ (B.T @ x + q))

    x, h = np.random.default_rng(1).standard_normal(6), 1e-4
    exact = problem.exact(x)
    np.testing.assert_allclose(exact.y, np.linalg.inv(C) @ (B.T @ x + q), rtol=1e-11)
    np.testing.assert_array_equal(exact.z, np.zeros(4))
    slopes = [(phi(x + h * axis) - phi(x - h * axis)) / (2 * h) for axis in np.eye(6)]
    np.testing.assert_allclose(exact.hypergradient, slopes, rtol=1e-7, atol=1e-9)


def test_the_linear_system_is_solved_by_zero_on_average_alone():
    """At y* the average of fy is 0, and each node's is not: a node's own Neumann series does not vanish."""
    problem = PROBLEMS.make("minimax", ProblemContext(NODES))
    x = np.ones(problem.dim_x)
    _, fy = hosted(problem).upper(np.tile(x, (NODES, 1)), np.tile(problem.exact(x).y, (NODES, 1)), None)
    assert np.abs(fy.mean(0)).max() < 1e-13
    assert np.abs(fy).max() > 0.1


def test_gradient_tracking_ends_at_the_saddle_point():
    settings = {"alpha": 1.0, "beta": 0.5, "gamma": 0.5, "theta": 1.0}
    trace = p2pbo.run(
        problem="minimax", algorithm="sparkle-gt", topology="complete", nodes=4, steps=300, settings=settings
    )
    assert trace.values("hypergradient_norm")[0] > 0.3
    for figure in ("hypergradient_norm", "y_error", "z_error"):
        assert trace.values(figure)[-1] < 1e-10
