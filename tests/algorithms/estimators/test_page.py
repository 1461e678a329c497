"""PAGE (Li et al. 2021) and SPIDER (Fang et al. 2018) against a dense loop, and when they start anew."""

import numpy as np
import pytest
from dense_nodes import DenseNodes, drawn, ring
from stepping import NODES, assembled, assert_close, final, oracles_and_sampler, quadratic, unequal_start

from p2pbo import InputError
from p2pbo.algorithms import ALGORITHMS, Sampler

STEPS, TERMS, L, BATCH, LARGE = 40, 6, 1.7, 8, 32
ETA = 0.15
SIZES = {"eta": ETA, "batch": BATCH, "first_batch": LARGE, "terms": TERMS, "lipschitz": L}


ANEW = {
    "by chance": ({"page_probability": 0.3}, lambda t, sampler: t == 0 or sampler.shared(t, "page", 0) < 0.3),
    "regularly": ({"page_period": 7}, lambda t, _: t % 7 == 0),
}
"""Settings, and the steps in which they take a large batch; chance is what both sides share, as they do the batches."""


def listing(problem, start, anew, x_alone=False):
    """Gossip along PAGE's estimates of x and y, or of x alone while y follows its directions."""
    nodes, W = DenseNodes(problem, L, TERMS), ring(NODES)
    _, sampler = oracles_and_sampler(problem)
    (X, Y), before, U, V = start, None, None, None
    for t in range(STEPS):
        draw = drawn(sampler, t, LARGE if anew[t] else BATCH, TERMS)
        dF, dg = nodes.directions(X, Y, draw)
        if anew[t]:
            U, V = dF, dg
        else:
            old_F, old_g = nodes.directions(*before, draw)
            U, V = U + dF - old_F, V + dg - old_g
        before = X, Y
        X, Y = W @ X - ETA * U, W @ Y - ETA * (dg if x_alone else V)
    return X, Y


@pytest.mark.parametrize("x_alone", [False, True], ids=["x and y", "x alone"])
@pytest.mark.parametrize(("given", "starts"), ANEW.values(), ids=ANEW.keys())
def test_forty_steps_are_the_listing(given, starts, x_alone):
    problem = quadratic(noise=0.5)
    start = unequal_start(problem)
    _, sampler = oracles_and_sampler(problem)
    anew = [starts(t, sampler) for t in range(STEPS)]
    assert 4 < sum(anew) < STEPS / 2
    estimator = {"x": "page", "y": "sgd"} if x_alone else "page"
    method = assembled(problem, "dsbo", estimator=estimator, **SIZES, **given)
    assert_close(final(problem, method, STEPS, start), listing(problem, start, anew, x_alone), 1e-11)


def test_all_nodes_start_anew_in_the_same_steps_and_as_often_as_asked():
    problem = quadratic()
    estimator = assembled(problem, "dsbo", estimator="page", page_probability=0.2).rules[0].estimator
    _, whole = oracles_and_sampler(problem)
    part = Sampler(0, range(3, 5), problem.host(range(3, 5), np.dtype(float)))
    drawn_by = [[estimator.restarts(t, sampler) for t in range(4000)] for sampler in (whole, part)]
    assert drawn_by[0] == drawn_by[1]
    assert np.mean(drawn_by[0]) == pytest.approx(0.2, abs=4 * np.sqrt(0.2 * 0.8 / 4000))


def test_a_period_of_one_is_sgd_with_large_batches():
    problem = quadratic()
    start = unequal_start(problem)
    always = final(problem, assembled(problem, "dsbo", estimator="page", page_period=1, **SIZES), 9, start)
    large = {name: value for name, value in SIZES.items() if name != "first_batch"} | {"batch": LARGE}
    for V, same in zip(always, final(problem, assembled(problem, "dsbo", **large), 9, start), strict=True):
        np.testing.assert_array_equal(V, same)


@pytest.mark.parametrize("given", [{"page_probability": 1.5}, {"page_probability": -0.1}, {"page_period": 0}])
def test_impossible_settings_are_refused(given):
    with pytest.raises(InputError, match=next(iter(given))):
        ALGORITHMS.make("dsbo").check("dsbo", {"estimator": "page", **given})
