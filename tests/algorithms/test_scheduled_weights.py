"""Weights that fall with the step: SUSTAIN (Khanduri et al. 2021), MRBO (Yang et al. 2021), over a graph by gossip."""

import numpy as np
import pytest
from dense_nodes import DenseNodes, drawn, ring
from stepping import NODES, assembled, assert_close, final, oracles_and_sampler, quadratic, unequal_start

STEPS, TERMS, L, BATCH = 40, 6, 1.7, 8
SHARED = {"batch": BATCH, "first_batch": BATCH, "terms": TERMS, "lipschitz": L, "scheduled_weights": True}


def recursive(problem, kind, start, step_x, step_y, weight_x, weight_y):
    """X and Y by recursive momentum on both levels; steps and weights are functions of the step's number."""
    nodes, W = DenseNodes(problem, L, TERMS, kind), ring(NODES)
    _, sampler = oracles_and_sampler(problem)
    (X, Y), before, h_f, h_g = start, None, None, None
    for t in range(STEPS):
        draw = drawn(sampler, t, BATCH, TERMS, kind)
        D_f, D_g = nodes.directions(X, Y, draw)
        if before is None:
            h_f, h_g = D_f, D_g
        else:
            old_f, old_g = nodes.directions(*before, draw)
            h_f = weight_x(t) * D_f + (1 - weight_x(t)) * (h_f + D_f - old_f)
            h_g = weight_y(t) * D_g + (1 - weight_y(t)) * (h_g + D_g - old_g)
        before = X, Y
        X, Y = W @ X - step_x(t) * h_f, W @ Y - step_y(t) * h_g
    return X, Y


def found(problem, start, **settings):
    method = assembled(problem, "vrdbo", steps=STEPS, mixing="gossip", **SHARED, **settings)
    return final(problem, method, STEPS, start)


def test_sustain_by_settings_is_its_listing():
    """α_t = (w + t)^−⅓, β_t = c_β α_t; η^f_{t+1} = c_f α_t², η^g_{t+1} = c_g α_t²; a random Neumann product."""
    w, c_beta, c_f, c_g = 27.0, 1.5, 6.0, 4.0
    problem = quadratic()
    start = unequal_start(problem)

    def alpha(t):
        return 1 / np.cbrt(w + t)

    expected = recursive(
        problem,
        "random",
        start,
        step_x=alpha,
        step_y=lambda t: c_beta * alpha(t),
        weight_x=lambda t: c_f * alpha(t - 1) ** 2,
        weight_y=lambda t: c_g * alpha(t - 1) ** 2,
    )
    settings = {"eta": 1 / 3, "beta1": 1.0, "beta2": c_beta, "alpha1": c_f, "alpha2": c_g}
    assert_close(
        found(problem, start, schedule="power:1/3:27", neumann="random", **settings), expected, 1e-11
    )


def test_mrbo_by_settings_is_its_listing():
    """η_k = d/(m + k)^⅓, steps γη_k and λη_k, α_{k+1} = c₁η_k², β_{k+1} = c₂η_k²."""
    d, m, gamma, lam, c1, c2 = 0.8, 8.0, 0.7, 1.2, 5.0, 3.0
    problem = quadratic()
    start = unequal_start(problem)

    def eta(k):
        return d / (m + k) ** (1 / 3)

    expected = recursive(
        problem,
        "sum",
        start,
        step_x=lambda k: gamma * eta(k),
        step_y=lambda k: lam * eta(k),
        weight_x=lambda k: c1 * eta(k - 1) ** 2,
        weight_y=lambda k: c2 * eta(k - 1) ** 2,
    )
    settings = {"eta": d / 2, "beta1": gamma, "beta2": lam, "alpha1": c1, "alpha2": c2}
    assert_close(found(problem, start, schedule="power:1/3:8", **settings), expected, 1e-11)


@pytest.mark.parametrize(("algorithm", "power"), [("mdbo", 1), ("vrdbo", 2), ("sparkle-gt", 1)])
def test_weights_fall_with_the_power_of_the_step_before(algorithm, power):
    """Momentum's weight αη or θ falls as the step, STORM's αη² as its square; each is what it was at the first."""
    problem = quadratic()
    constant, falling = (
        assembled(problem, algorithm, schedule="power:1/2", scheduled_weights=on).rules[0]
        for on in (False, True)
    )
    for t in (1, 2, 20):
        assert constant.estimator_in(t).a == constant.estimator.a
        assert falling.estimator_in(t).a == pytest.approx(constant.estimator.a * t ** (-power / 2))


def test_a_constant_schedule_keeps_every_bit():
    problem = quadratic()
    start = unequal_start(problem)
    plain, scheduled = (
        final(problem, assembled(problem, "vrdbo", batch=8, scheduled_weights=on), 10, start)
        for on in (False, True)
    )
    for V, same in zip(plain, scheduled, strict=True):
        np.testing.assert_array_equal(V, same)
