"""Bounds on x: methods with loops are their listings with a projection, solutions are KKT points, the rest refuses."""

import numpy as np
import pytest
from dense_nodes import DenseNodes, drawn, of_every_node, one_each, ring
from listings.chen2023 import ma_dsbo
from listings.fedavg import fedavg
from listings.huang2023 import fedmbo
from listings.tarzanagh2022 import fednest
from scipy.optimize import lsq_linear
from stepping import NODES, assembled, assert_close, final, oracles_and_sampler, quadratic

import p2pbo
from p2pbo import InputError
from p2pbo.algorithms import ALGORITHMS
from p2pbo.algorithms.algorithm import Algorithm
from p2pbo.algorithms.custom_algorithm import CustomAlgorithm

STEPS, TERMS, L = 40, 4, 1.7
BOUNDS = (-0.3, 0.1)
ONE = np.zeros(1)
ALPHAS = ("alpha1", "alpha2", "alpha3")
STEP_SIZES = {"alpha": 0.2, "beta": 0.3}


def project(X):
    return np.clip(X, *BOUNDS)


def batches(problem, upper, lower):
    """Full batches of every step, which leave nothing to draw."""
    _, sampler = oracles_and_sampler(problem)
    sides = sampler.batches(0, None, upper, lower)
    return [[of_every_node(side, NODES) for side in sides]] * STEPS


def of_ma_dsbo(problem, nodes, start):
    settings = {**STEP_SIZES, "gamma": 0.25, "theta": 0.4, "inner_steps": 3}
    _, sampler = oracles_and_sampler(problem)
    inner = [lower for _, lower in batches(problem, 0, 3)]
    draws = [one_each(sampler, t, None) for t in range(STEPS)]
    return settings, ma_dsbo(nodes, ring(NODES), *start, draws, inner=inner, project=project, **settings)


def of_fedmbo(problem, nodes, start):
    settings = {**STEP_SIZES, "inner_steps": 3}
    _, sampler = oracles_and_sampler(problem)
    inner = [lower for _, lower in batches(problem, 0, 3)]
    draws = [drawn(sampler, t, None, TERMS) for t in range(STEPS)]
    found = fedmbo(nodes, ring(NODES), *start, draws, inner=inner, project=project, **settings)
    return {**settings, "terms": TERMS, "lipschitz": L}, found


def of_fednest(problem, nodes, start):
    settings = {**STEP_SIZES, "inner_steps": 2, "local_steps": 3, "terms": TERMS, "lipschitz": L}
    sides = [
        (*both, inner)
        for both, (_, inner) in zip(batches(problem, 3, TERMS), batches(problem, 0, 6), strict=True)
    ]
    return settings, fednest(nodes, ring(NODES), *start, sides, project=project, **settings)


def of_fedavg(problem, nodes, start):
    whole = [np.ones_like(V) for V in start]
    rounds = [(*whole, [None] * 3)] * STEPS
    found = fedavg(nodes, ring(NODES), *start, rounds, project=project, **STEP_SIZES)
    return {**STEP_SIZES, "inner_steps": 3}, found


LOOPS = {"ma-dsbo": of_ma_dsbo, "fedmbo": of_fedmbo, "fednest": of_fednest, "fedavg": of_fedavg}


@pytest.mark.parametrize("name", LOOPS)
def test_methods_with_loops_are_their_listings_with_a_projection(name):
    problem = quadratic(heterogeneity=1.0, samples=8).within(*BOUNDS)
    draw = np.random.default_rng(0)
    variables = "xyz" if name == "ma-dsbo" else "xy"
    start = tuple(0.1 * draw.standard_normal((NODES, problem.size(v))) for v in variables)
    settings, expected = LOOPS[name](problem, DenseNodes(problem, L, TERMS), start)
    found = final(problem, assembled(problem, name, **settings), STEPS, start)
    assert_close(found, expected, relative=1e-11)
    assert set(BOUNDS) <= set(found[0].ravel())


@pytest.fixture(scope="module")
def bounded():
    """A problem with bounds of which some hold, and its solution by another solver."""
    problem = quadratic(nodes=4, noise=0.0, samples=1)
    upper = np.where(np.arange(problem.dim_x) % 2, 0.5, np.inf)
    problem = problem.within(-0.4, upper)
    zero = problem.exact(np.zeros(problem.dim_x)).hypergradient
    H = np.stack([problem.exact(e).hypergradient - zero for e in np.eye(problem.dim_x)])  # Φ is a quadratic
    root = np.linalg.cholesky(H)
    # ½xᵀHx + gᵀx = ½‖Rᵀx + R⁻¹g‖² + const
    solved = lsq_linear(
        root.T, -np.linalg.solve(root, zero), (problem.bounds.lower, upper), method="bvls", tol=1e-14
    )
    return problem, solved.x


@pytest.mark.parametrize(
    ("method", "settings"),
    [
        ("cd-bsvrgd", {"eta": 0.5, "beta1": 1.0, "beta2": 0.5, "beta3": 0.5, **dict.fromkeys(ALPHAS, 2.0)}),
        ("sparkle-gt", {"alpha": 0.5, "beta": 0.5, "gamma": 0.5, "theta": 0.5}),
    ],
)
def test_methods_with_tracking_end_at_the_solution_within_the_bounds(bounded, method, settings):
    problem, x = bounded
    trace = p2pbo.run(problem=problem, algorithm=method, settings=settings, steps=600, log_every=600)
    np.testing.assert_allclose(trace.final.x, np.tile(x, (4, 1)), rtol=0, atol=1e-8)
    assert (x == problem.bounds.lower).any() and (x == problem.bounds.upper).any()
    last = {
        name: trace.values(name)[-1] for name in ("projected_gradient_norm", "hypergradient_norm", "y_error")
    }
    assert last["projected_gradient_norm"] < 1e-8 and last["y_error"] < 1e-8
    assert last["hypergradient_norm"] == pytest.approx(
        np.linalg.norm(problem.exact(x).hypergradient), rel=1e-6
    )


def test_single_precision_holds_the_bounds_as_it_rounds_them():
    problem = p2pbo.Problem(
        lambda x, y, batch: (x - 5).square().sum() + y.square().sum(),
        lambda x, y, batch: (y - x).square().sum(),
        nodes=[p2pbo.NodeData((ONE,), (ONE,))] * 2,
        x0=[0.1, 0.3],
        dim_y=2,
        bounds=([0.1, -np.inf], 0.3),
    )
    trace = p2pbo.run(problem=problem, settings={"lipschitz": 2.0}, steps=5, dtype="float32", exact="on")
    assert (trace.final.x == np.float32([0.3, 0.3]))[:, 1].all() and (trace.final.x <= np.float32(0.3)).all()
    assert "projected_gradient_norm" in trace


@pytest.mark.parametrize(
    ("method", "settings", "error"),
    [
        ("sparkle-ed", {}, "mixing ed remembers what mixing has changed"),
        ("mdbo", {"mixing": {"name": "tracking", "x": "extra"}}, "mixing extra remembers"),
        ("mdbo", {"eta": 1.5, "alpha1": 0.1, "alpha2": 0.1}, "eta = 1.5 takes x beyond its bounds"),
    ],
)
def test_what_cannot_keep_x_within_bounds_is_refused(method, settings, error):
    with pytest.raises(InputError, match=error):
        assembled(quadratic().within(-1, 1), method, **settings)
    assembled(quadratic(), method, **settings)


def test_exact_diffusion_of_y_goes_with_bounds_on_x():
    assembled(quadratic().within(-1, 1), mixing={"name": "tracking", "y": "ed"})


def test_a_method_of_ones_own_that_does_not_project_is_refused(monkeypatch):
    class Free(Algorithm):
        variables, batches = "xy", (None,)

        def __init__(self, problem, /):
            pass

        start = step = None

    monkeypatch.setattr(ALGORITHMS, "make", lambda name: CustomAlgorithm(Free, paper=""))
    monkeypatch.setattr(Free, "__abstractmethods__", frozenset())
    with pytest.raises(InputError, match="algorithm mdbo does not project x onto the problem's bounds"):
        p2pbo.run(problem=quadratic(nodes=2).within(-1, 1), steps=1)
