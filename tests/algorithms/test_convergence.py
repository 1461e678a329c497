"""Where the methods end: at the solution, at the floor of their heterogeneity, or at that of the local Hessian."""

import numpy as np
import pytest
from dense_nodes import DenseNodes
from stepping import assembled, quadratic, states, unequal_start

EQUAL = {"heterogeneity": 0.0, "noise": 0.0, "samples": 2}
SETTINGS = {"eta": 0.5, "beta1": 2.0, "beta2": 0.7, "alpha1": 1.9, "alpha2": 1.9}


def hypergradients(problem, method, steps):
    """‖∇Φ(x̄)‖ of every fiftieth state, and the last state."""
    start = unequal_start(problem, variables=method.variables)
    norms = []
    for state in states(problem, method, steps, start):
        if state.step % 50 == 0:
            norms.append(np.linalg.norm(problem.exact(state.point[0].mean(0)).hypergradient))
    return norms, state


@pytest.mark.parametrize("name", ["mdbo", "vrdbo"])
def test_equal_nodes_reach_the_solution_from_unequal_starts(name):
    problem = quadratic(**EQUAL)
    norms, last = hypergradients(problem, assembled(problem, name, terms=30, **SETTINGS), 600)
    assert norms[0] > 0.1
    assert norms[-1] < 1e-10
    X, Y = last.point
    exact = problem.exact(X.mean(0))
    assert np.abs(X - X.mean(0)).max() < 1e-8
    assert np.abs(Y - exact.y).max() < 1e-8


def test_few_terms_stop_at_the_bias_of_the_series():
    problem = quadratic(**EQUAL)
    norms, _ = hypergradients(problem, assembled(problem, "mdbo", terms=2, **SETTINGS), 400)
    assert norms[-1] == pytest.approx(norms[-3], rel=1e-6)
    assert norms[-1] > 1e-4


def test_on_unequal_nodes_tracking_agrees_and_gossip_does_not():
    problem = quadratic(heterogeneity=1.0)
    spread = {}
    for mixing in ("tracking", "gossip"):
        _, last = hypergradients(problem, assembled(problem, mixing=mixing, eta=0.5, terms=10), 500)
        spread[mixing] = max(np.abs(V - V.mean(0)).max() for V in last.point)
    assert spread["tracking"] < 1e-4
    assert spread["gossip"] > 0.1


HETEROGENEOUS = {"heterogeneity": 1.0, "noise": 0.0, "samples": 2}
STEPS_OF_HALF = {"alpha": 0.5, "beta": 0.5, "gamma": 0.5}
EXACT = {
    "cd-bsvrgd": {
        "eta": 0.5,
        **{f"alpha{v}": 2.0 for v in (1, 2, 3)},
        **{f"beta{v}": 0.5 for v in (1, 2, 3)},
    },
    "sparkle-gt": {**STEPS_OF_HALF, "theta": 0.5},
    "sparkle-ed": {**STEPS_OF_HALF, "theta": 0.5},
    "sparkle-extra": {**STEPS_OF_HALF, "theta": 0.5},
}


@pytest.mark.parametrize("name", EXACT)
def test_bias_corrected_methods_reach_the_solution_of_unequal_nodes(name):
    problem = quadratic(**HETEROGENEOUS)
    norms, last = hypergradients(problem, assembled(problem, name, steps=1200, **EXACT[name]), 1200)
    assert norms[0] > 0.1
    assert norms[-1] < 1e-10
    X, Y, Z = last.point
    exact = problem.exact(X.mean(0))
    for V, solution in ((X, X.mean(0)), (Y, exact.y), (Z, exact.z)):
        np.testing.assert_allclose(V, np.broadcast_to(solution, V.shape), atol=1e-8)


def test_cd_bsvrgd_reaches_it_with_its_default_settings():
    problem = quadratic(**HETEROGENEOUS)
    norms, _ = hypergradients(problem, assembled(problem, "cd-bsvrgd"), 2500)
    assert norms[-1] < 1e-10


@pytest.mark.parametrize("mixing", ["tracking", "atc-tracking", "ed", "extra"])
def test_it_is_the_mixing_that_removes_the_floor(mixing):
    problem = quadratic(**HETEROGENEOUS)
    method = assembled(problem, "nc-soba", mixing=mixing, **(HALF_WAY if mixing == "tracking" else SLOWER))
    norms, _ = hypergradients(problem, method, 1500)
    assert norms[-1] < 1e-10


SLOWER = {"alpha": 0.3, "beta": 0.3, "gamma": 0.3}
HALF_WAY = {"eta": 0.5, "alpha": 0.6, "beta": 0.6, "gamma": 0.6}


@pytest.mark.parametrize("name", ["d-soba", "nc-soba"])
def test_methods_without_correction_stop_at_a_floor_that_shrinks_with_the_steps(name):
    problem = quadratic(**HETEROGENEOUS)
    floors = []
    for step in (0.4, 0.2):
        method = assembled(problem, name, alpha=step, beta=step, gamma=step)
        norms, _ = hypergradients(problem, method, int(200 / step))
        assert norms[-1] == pytest.approx(norms[-2], rel=1e-4)
        floors.append(norms[-1])
    assert floors[0] > 0.1
    assert 1.2 < floors[0] / floors[1] < 3


def floor_of_the_local_hessian(problem):
    """‖∇Φ‖ where the average of fx_i − J_i H_i⁻¹ fy_i vanishes: it is affine in x, as ∇Φ is."""
    nodes = DenseNodes(problem, 1.0, 1)
    everything, K = slice(None), range(len(problem.nodes))

    def along(k, x, y):
        p = np.linalg.solve(nodes.hessian(k, everything), nodes.fy(k, y, everything))
        return nodes.fx(k, x, everything) - nodes.jacobian(k, everything) @ p

    def local(x):
        y = problem.exact(x).y
        return np.mean([along(k, x, y) for k in K], axis=0)

    at_zero = local(np.zeros(problem.dim_x))
    slope = np.stack([local(unit) - at_zero for unit in np.eye(problem.dim_x)], axis=1)
    return np.linalg.norm(problem.exact(np.linalg.solve(slope, -at_zero)).hypergradient)


@pytest.mark.parametrize("name", ["mdbo", "vrdbo"])
def test_methods_for_equal_nodes_stop_at_the_floor_of_the_local_hessian(name):
    problem = quadratic(**HETEROGENEOUS)
    settings = {"eta": 0.3, "beta1": 1.0, "beta2": 0.7, "alpha1": 1.6, "alpha2": 1.6, "terms": 60}
    norms, _ = hypergradients(problem, assembled(problem, name, **settings), 1500)
    assert norms[-1] == pytest.approx(floor_of_the_local_hessian(problem), rel=1e-6)
    assert norms[-1] > 0.1


@pytest.mark.parametrize("name", ["dsbo", "gdsbo", "fedmbo"])
def test_gossip_with_a_local_hessian_stops_too(name):
    problem = quadratic(**HETEROGENEOUS)
    steps = {"alpha": 0.3, "beta": 0.3} if name == "fedmbo" else {"eta": 0.3}
    norms, _ = hypergradients(problem, assembled(problem, name, terms=60, **steps), 600)
    assert norms[-1] == pytest.approx(norms[-2], rel=1e-4)
    assert norms[-1] > 0.1


def test_ma_dsbo_stops_at_a_floor_that_longer_inner_loops_lower():
    problem = quadratic(**HETEROGENEOUS)
    floors = []
    for inner_steps in (5, 40):
        settings = {"alpha": 0.2, "beta": 0.1, "gamma": 0.05, "theta": 0.5, "inner_steps": inner_steps}
        norms, _ = hypergradients(problem, assembled(problem, "ma-dsbo", **settings), 300)
        assert norms[-1] == pytest.approx(norms[-2], rel=0.01)
        floors.append(norms[-1])
    assert floors[1] > 0.01
    assert floors[0] / floors[1] > 1.5
