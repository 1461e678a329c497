"""Where the methods end: at the solution if all nodes are equal, in agreement if they track."""

import numpy as np
import pytest
from stepping import composition, quadratic, states, unequal_start

EQUAL = {"heterogeneity": 0.0, "noise": 0.0, "samples": 2}
SETTINGS = {"eta": 0.5, "beta1": 2.0, "beta2": 0.7, "alpha1": 1.9, "alpha2": 1.9}


def hypergradients(problem, method, steps):
    """‖∇Φ(x̄)‖ of every state, and the last state."""
    passed = list(states(problem, method, steps, unequal_start(problem)))
    return [np.linalg.norm(problem.exact(state.point[0].mean(0)).hypergradient) for state in passed], passed[
        -1
    ]


@pytest.mark.parametrize("name", ["mdbo", "vrdbo"])
def test_equal_nodes_reach_the_solution_from_unequal_starts(name):
    problem = quadratic(**EQUAL)
    norms, last = hypergradients(problem, composition(problem, name, terms=30, **SETTINGS), 600)
    assert norms[0] > 0.1
    assert norms[-1] < 1e-10
    X, Y = last.point
    exact = problem.exact(X.mean(0))
    assert np.abs(X - X.mean(0)).max() < 1e-8
    assert np.abs(Y - exact.y).max() < 1e-8


def test_few_terms_stop_at_the_bias_of_the_series():
    problem = quadratic(**EQUAL)
    norms, _ = hypergradients(problem, composition(problem, "mdbo", terms=2, **SETTINGS), 400)
    assert norms[-1] == pytest.approx(norms[-100], rel=1e-6)
    assert norms[-1] > 1e-4


def test_on_unequal_nodes_tracking_agrees_and_gossip_does_not():
    problem = quadratic(heterogeneity=1.0)
    spread = {}
    for mixing in ("tracking", "gossip"):
        _, last = hypergradients(problem, composition(problem, mixing=mixing, eta=0.5, terms=10), 500)
        spread[mixing] = max(np.abs(V - V.mean(0)).max() for V in last.point)
    assert spread["tracking"] < 1e-4
    assert spread["gossip"] > 0.1
