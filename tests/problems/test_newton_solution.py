"""y*, z* and ∇Φ by Newton–CG: against closed forms, dense Hessians by torch, and slopes of Φ."""

import numpy as np
import pytest
import torch
from problem_examples import hosted
from scipy.optimize import minimize

from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.problems.hessian_inverse import PRODUCTS
from p2pbo.problems.newton_solution import (
    HALVINGS,
    NEWTON_STEPS,
    TOLERANCE,
    LowerProblem,
    newton_solution,
)

CLASSES = {"samples": 160, "features": 6, "classes": 3}


def quadratic(**options):
    return PROBLEMS.make("quadratic", ProblemContext(5), **{"dim_x": 6, "dim_y": 4, "noise": 0.3, **options})


def logreg(partition="size"):
    return PROBLEMS.make("logreg-hpo", ProblemContext(4, 0, "synthetic", CLASSES, partition))


def averaged(problem, x, nodes=None):
    """The network's average where ``nodes`` are all of them, else their part of it."""
    return LowerProblem.average(hosted(problem, nodes=nodes), x, len(problem.nodes))


def draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("options", [{}, {"heterogeneity": 3.0}, {"dim_y": 1}, {"dim_x": 3, "dim_y": 60}])
def test_it_finds_the_quadratic_problems_closed_form(options):
    problem = quadratic(**options)
    x, start = 2 * draw(problem.dim_x), 10 * draw(problem.dim_y, seed=1)
    found, exact = newton_solution(averaged(problem, x), start), problem.exact(x)
    for name in ("y", "z", "hypergradient"):
        np.testing.assert_allclose(getattr(found, name), getattr(exact, name), rtol=1e-9, atol=1e-10)


def losses_of(problem):
    """f̄ and ḡ as torch functions of flat x and y, from the nodes' data."""
    nodes = list(problem.nodes)

    def mean(loss, side):
        return lambda x, y: sum(loss(x, y, getattr(node, side)) for node in nodes) / len(nodes)

    return mean(problem.upper, "upper"), mean(problem.lower, "lower")


def dense_solution(problem, x):
    """y* by a trust-region method, z* and ∇Φ from explicit second derivatives."""
    f, g = losses_of(problem)
    x = torch.tensor(x)

    def gradient(y, x=x):
        return torch.autograd.functional.jacobian(lambda y: g(x, y), y, create_graph=True)

    def hessian(y):
        return torch.autograd.functional.hessian(lambda y: g(x, y), y).numpy()

    found = minimize(
        lambda y: float(g(x, torch.tensor(y))),
        np.zeros(problem.dim_y),
        jac=lambda y: gradient(torch.tensor(y)).detach().numpy(),
        hess=lambda y: hessian(torch.tensor(y)),
        method="trust-exact",
        options={"gtol": 1e-12},
    )
    y = torch.tensor(found.x)
    assert gradient(y).norm() < 1e-10
    fx, fy = (part.numpy() for part in torch.autograd.functional.jacobian(f, (x, y)))
    z = -np.linalg.solve(hessian(y), fy)
    mixed = torch.autograd.functional.jacobian(lambda x: gradient(y, x), x).numpy()  # dy×dx
    return found.x, z, fx + mixed.T @ z


@pytest.mark.parametrize("partition", ["iid", "size"])
@pytest.mark.parametrize("scale", [0.0, 1.0])
def test_it_finds_what_dense_second_derivatives_give_on_logistic_regression(partition, scale):
    problem = logreg(partition)
    x = scale * draw(problem.dim_x)
    found = newton_solution(averaged(problem, x), draw(problem.dim_y, seed=1))
    for value, expected in zip(
        (found.y, found.z, found.hypergradient), dense_solution(problem, x), strict=True
    ):
        np.testing.assert_allclose(value, expected, rtol=1e-8, atol=1e-8 * np.abs(expected).max())


def test_the_hypergradient_is_phis_slope():
    """Φ(x) = (1/K) Σ f_i(x, y*(x)), by central differences along every axis."""
    problem, h = logreg(), 1e-4
    oracles, everywhere = hosted(problem), np.ones((4, 1))

    def phi(x):
        y = newton_solution(averaged(problem, x), np.zeros(problem.dim_y)).y
        return oracles.losses(everywhere * x, everywhere * y)[0].mean()

    x = draw(problem.dim_x)
    slopes = [(phi(x + h * axis) - phi(x - h * axis)) / (2 * h) for axis in np.eye(problem.dim_x)]
    found = newton_solution(averaged(problem, x), np.zeros(problem.dim_y)).hypergradient
    np.testing.assert_allclose(found, slopes, rtol=1e-6, atol=1e-9)


def test_the_parts_of_ranks_add_up():
    problem = logreg()
    x, y, v = draw(problem.dim_x), draw(problem.dim_y, seed=1), draw(problem.dim_y, seed=2)
    parts = [averaged(problem, x, nodes) for nodes in (range(1), range(1, 4))]
    whole = averaged(problem, x)
    for name, at in {"gy": y, "hyy": v, "hxy": v, "fx": y, "fy": y}.items():
        added = sum(getattr(part, name)(at) for part in parts)
        np.testing.assert_allclose(added, getattr(whole, name)(at), rtol=1e-12, atol=1e-14)


class Counted:
    """An average of x and y alike in length, f = ⟨1, y⟩, from ∇ḡ and its derivative; counts what it is asked."""

    def __init__(self, gy, slope):
        self.asked = {"gy": [], "hyy": []}
        self._gy, self._slope = gy, slope

    def gy(self, y):
        self.asked["gy"].append(y)
        return self._gy(y)

    def hyy(self, v):
        self.asked["hyy"].append(v)
        return self._slope(self.asked["gy"][-1]) * v

    @property
    def average(self):
        return LowerProblem(np.zeros_like, np.ones_like, self.gy, self.hyy, np.array)


def test_steps_that_go_too_far_are_halved():
    """Newton's whole steps on log cosh diverge from |y| > 1.09."""
    counted = Counted(np.tanh, lambda y: 1 / np.cosh(y) ** 2)
    found = newton_solution(counted.average, np.array([3.0]))
    assert abs(found.y[0]) <= TOLERANCE
    np.testing.assert_allclose((found.z[0], found.hypergradient[0]), -1, rtol=1e-9)
    assert max(np.abs(counted.asked["gy"])) > 10  # a step that was refused


def test_where_a_guess_leads_nowhere_the_search_begins_at_0():
    """At 3000 log cosh is a straight line, to rounding."""
    counted = Counted(lambda y: np.tanh(y - 0.5), lambda y: 1 - np.tanh(y - 0.5) ** 2)
    found = newton_solution(counted.average, np.array([3000.0]))
    assert abs(found.y[0] - 0.5) <= TOLERANCE
    assert found.z[0] == pytest.approx(-1, rel=1e-9)


def test_a_point_where_f_is_flat_has_no_z():
    average = Counted(lambda y: 2 * y - 1, lambda y: 2.0).average._replace(fy=np.zeros_like)
    found = newton_solution(average, np.zeros(3))
    assert found.y.tolist() == [0.5] * 3
    assert not found.z.any()
    assert not found.hypergradient.any()


def test_a_maximum_is_no_solution_where_the_search_begins_there_either():
    average = Counted(lambda y: -y, lambda y: -1.0).average._replace(fy=np.copy)
    for start in (np.zeros(2), np.ones(2)):
        assert np.isnan(newton_solution(average, start).hypergradient).all()


WIDE = np.geomspace(1e-9, 1, 2000)
HOPELESS = {
    "concave": (lambda y: -y - 1, lambda y: -1.0),
    "saddle": (lambda y: np.array([1.0, -1.0]) * y - 1, lambda y: np.array([1.0, -1.0])),
    "linear": (np.ones_like, lambda y: 0.0),
    "no minimum": (lambda y: np.exp(-y / 50), lambda y: -np.exp(-y / 50) / 50),
    "single precision": (lambda y: 0.1 * y.astype(np.float32).astype(float) - 0.71234, lambda y: 0.1),
    "ill-conditioned at the minimum": (lambda y: WIDE * y, lambda y: WIDE),
    "not a number": (lambda y: y + np.nan, lambda y: 1.0),
    "no derivative": (lambda y: y - 1, lambda y: np.nan),
    "wrong derivative": (lambda y: y - 1, lambda y: 1e-9),
}


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("kind", HOPELESS)
def test_where_nothing_is_found_all_is_nan_and_the_search_ends(kind):
    counted = Counted(*HOPELESS[kind])
    found = newton_solution(counted.average, np.zeros(WIDE.size if kind.startswith("ill") else 2))
    assert np.isnan([*found.y, *found.z, *found.hypergradient]).all()
    assert len(counted.asked["gy"]) <= 2 + NEWTON_STEPS * HALVINGS
    assert len(counted.asked["hyy"]) <= PRODUCTS * (NEWTON_STEPS + 1)
