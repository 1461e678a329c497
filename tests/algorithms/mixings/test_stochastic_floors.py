"""With stochastic batches ‖∇Φ‖ ends at a floor that falls with the step, on directed graphs as on undirected ones."""

import numpy as np
import pytest

import p2pbo

SEEDS, STEP, STEPS = 3, 0.4, 250
GIVEN = {"problem": "quadratic", "algorithm": "sparkle-gt", "nodes": 8, "data_seed": 0, "log_every": 4}


def floor(seed, halvings, mixing, topology):
    """Mean ‖∇Φ(x̄)‖ over the second half of a run that is longer as its steps are shorter."""
    step = STEP / 2**halvings
    settings = {
        "mixing": mixing,
        "theta": 1.0,
        "batch": 4,
        "alpha": step,
        "beta": step / 2,
        "gamma": step / 2,
    }
    trace = p2pbo.run(**GIVEN, topology=topology, seed=seed, settings=settings, steps=STEPS * 2**halvings)
    norms = trace["hypergradient_norm"].values
    return norms[len(norms) // 2 :].mean()


def ratios(mixing, topology):
    """By what a floor falls where steps are halved, of each seed."""
    return np.array(
        [floor(seed, 0, mixing, topology) / floor(seed, 1, mixing, topology) for seed in range(SEEDS)]
    )


@pytest.fixture(scope="module")
def undirected():
    return ratios("atc-tracking", "ring")


@pytest.mark.parametrize("topology", ["directed-ring:3", "one-peer-exponential"])
def test_a_floor_falls_with_the_step_as_it_does_on_an_undirected_graph(undirected, topology):
    """To twice the standard error of the difference of means over seeds; the step factors of these graphs are 1."""
    directed = ratios("push-pull", topology)
    error = np.sqrt((directed.var(ddof=1) + undirected.var(ddof=1)) / SEEDS)
    assert directed.mean() - 1 > 2 * directed.std(ddof=1) / np.sqrt(SEEDS)
    assert abs(directed.mean() - undirected.mean()) < 2 * error < 0.4
