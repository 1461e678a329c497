"""Hypergradients of first derivatives: where a penalty ends, what differences differ by, and what is refused."""

import numpy as np
import pytest
from stepping import assembled, assert_close, final, oracles_and_sampler, quadratic, unequal_start

import p2pbo
from p2pbo import InputError
from p2pbo.algorithms import ALGORITHMS, RunContext
from p2pbo.algorithms.hypergradients.tracked_differences import TrackedDifferences, step_sizes

HETEROGENEOUS = {"heterogeneity": 1.0, "noise": 0.0, "samples": 2}


def hypergradient_norm(problem, name, steps=600, **settings):
    method = assembled(problem, name, **settings)
    start = tuple(problem.start(v, range(len(problem.nodes))) for v in method.variables)
    X = final(problem, method, steps, start)[0]
    return np.linalg.norm(problem.exact(X.mean(0)).hypergradient)


def test_the_bias_of_a_penalty_falls_as_its_inverse():
    problem, penalties = quadratic(**HETEROGENEOUS), (10.0, 100.0, 1000.0)
    ends = [hypergradient_norm(problem, "dsgda-gt", alpha=0.5, beta=0.5, penalty=p) for p in penalties]
    slope, _ = np.polyfit(np.log10(penalties), np.log10(ends), 1)
    assert slope == pytest.approx(-1, abs=0.1)


def test_the_step_of_x_need_not_fall_with_the_penalty():
    """α = 1 at λ = 1e5, which a step of x of 1/λ would need 1e5 times as many steps for."""
    problem = quadratic(**HETEROGENEOUS)
    assert hypergradient_norm(problem, "dsgda-gt", steps=400, alpha=1.0, beta=0.5, penalty=1e5) < 1e-5


def test_a_growing_penalty_ends_nearer():
    """λ is 610 at the end; u lags behind it by a share of 1/t."""
    problem = quadratic(**HETEROGENEOUS)
    grown = {"penalty": 10.0, "penalty_growth": 1.0, "penalty_period": 10.0}
    steps = {"alpha": 0.5, "beta": 0.5}
    constant, growing = (
        hypergradient_norm(problem, "dsgda-gt", **steps, **p) for p in ({"penalty": 10}, grown)
    )
    assert growing < constant / 10


@pytest.mark.parametrize("penalty", [1.0, 1e5])
def test_noise_is_not_multiplied_by_the_penalty(penalty):
    """One ζ serves y and u; with one each the last x is NaN at λ = 1e5."""
    problem = quadratic(heterogeneity=0.0, noise=0.9)
    start = unequal_start(problem, variables="xy")
    X = final(problem, assembled(problem, "dsgda-gt", batch=2, penalty=penalty), 200, (*start, start[1]))[0]
    spread = np.linalg.norm(X - X.mean(0), axis=1).max()
    assert spread < 1


def test_differences_are_d_soba_on_quadratics():
    problem = quadratic()
    start = unequal_start(problem, variables="xyz")
    found, expected = (
        final(problem, assembled(problem, name, batch=8), 60, start) for name in ("d-soba-fo", "d-soba")
    )
    assert_close(found, expected, relative=1e-9)


def test_products_by_differences_are_right_to_second_order():
    """On cross-entropies, at a z of any length; the products are linear in z."""
    problem = p2pbo.problems.PROBLEMS.make("logreg-hpo", p2pbo.problems.ProblemContext(3, data="synthetic"))
    oracles, sampler = oracles_and_sampler(problem)
    X, Y, Z = unequal_start(problem, variables="xyz")
    method = TrackedDifferences(problem)
    sample = method.draw(sampler, 0, 6)
    fx, fy = oracles.upper(X, Y, sample.upper)
    hyy, hxy = oracles.lower(X, Y, sample.lower).products(Z)
    for length in (1e-8, 1.0, 1e8):
        Dx, _, Dz = method.directions(oracles, (X, Y, length * Z), sample)
        np.testing.assert_allclose(
            (Dz - fy) / length, hyy, rtol=0, atol=1e-7 * np.abs(hyy).max() + 1e-15 / length
        )
        np.testing.assert_allclose(
            (Dx - fx) / length, hxy, rtol=0, atol=1e-7 * np.abs(hxy).max() + 1e-15 / length
        )


def test_z_of_zero_has_products_of_zero():
    problem = quadratic(nodes=3)
    oracles, sampler = oracles_and_sampler(problem)
    X, Y, Z = unequal_start(problem, variables="xyz")
    Z[1] = 0
    method = TrackedDifferences(problem)
    sample = method.draw(sampler, 0, None)
    fx, fy = oracles.upper(X, Y, None)
    Dx, _, Dz = method.directions(oracles, (X, Y, Z), sample)
    np.testing.assert_array_equal(Dx[1], fx[1])
    np.testing.assert_array_equal(Dz[1], fy[1])
    assert (Dz[[0, 2]] != fy[[0, 2]]).any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_two_points_are_as_far_apart_as_rounding_asks_for(dtype):
    Y, Z = np.array([[3, 4], [0, 0.1]], dtype), np.array([[0, 2], [1e-3, 0]], dtype)
    eps = np.finfo(dtype).eps
    delta = step_sizes(Y, Z)
    assert delta.dtype == dtype
    np.testing.assert_allclose(
        delta * np.linalg.norm(Z, axis=1)[:, None], [[5 * eps ** (1 / 3)], [eps ** (1 / 3)]], rtol=1e-6
    )


REFUSED = {
    "no penalty": (
        {"penalty": 0},
        r"algorithm dsgda-gt: penalty = 0 is refused; input should be greater than 0",
    ),
    "a negative one": ({"penalty": -3.0}, "penalty = -3.0 is refused"),
    "one of no size": ({"penalty": float("nan")}, "penalty = nan is refused"),
    "fast growth": ({"penalty_growth": 1.5}, "penalty_growth = 1.5 is refused"),
    "a step of u": (
        {"gamma": 0.2},
        "gamma = 0.2 would move u by a step unlike y's, and the penalty multiplies",
    ),
    "a mixing of u": (
        {"mixing": {"u": "gossip"}},
        "mixing gossip of u is not y's atc-tracking, and the penalty",
    ),
    "an estimator": (
        {"estimator": {"u": "momentum"}},
        "estimator momentum of u is not y's sgd, and the penalty",
    ),
    "a schedule": (
        {"schedule": {"name": "cosine", "u": "constant"}},
        "schedule constant of u is not y's cosine",
    ),
    "batches": (
        {"batch": {"y": 4, "u": 8}},
        "the batch of u would give it other rows than y, and the penalty",
    ),
    "a batch of u": ({"batch_u": 8}, "batch of u would .*; set batch, or batch_lower, the rows of both"),
    "a batch of y": ({"batch_y": 8}, "the batch of y would give it other rows than u"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_on_one_line(name):
    given, said = REFUSED[name]
    with pytest.raises(InputError, match=said) as refused:
        ALGORITHMS.make("dsgda-gt").check("dsgda-gt", given)
    assert "\n" not in str(refused.value)


def test_a_numbered_step_of_u_is_refused_too():
    with pytest.raises(InputError, match=r"beta3 = 0.2 would move u by a step unlike y's"):
        ALGORITHMS.make("mdbo").check("mdbo", {"hypergradient": "penalty", "beta3": 0.2})


@pytest.mark.parametrize(("dtype", "largest"), [("float32", 300), ("float64", 1e5)])
def test_the_cap_is_that_of_the_precision(dtype, largest):
    problem, method = quadratic(nodes=2), ALGORITHMS.make("dsgda-gt")

    def assemble(**settings):
        method.assemble(method.check("dsgda-gt", settings), RunContext(problem, dtype=np.dtype(dtype)))

    assemble(penalty=largest)
    assemble(penalty=2 * largest, penalty_max=3 * largest)
    with pytest.raises(
        InputError, match=rf"penalty = .* is above penalty_max = .* in {dtype}; lower penalty, or raise"
    ):
        assemble(penalty=1.01 * largest)
    with pytest.raises(InputError, match="penalty = 30 is above penalty_max = 20; "):
        assemble(penalty=30, penalty_max=20)


@pytest.mark.parametrize("codec", ["randk:0.4", "randblock:0.4"])
def test_masks_are_those_of_y_at_any_penalty(codec):
    """u − y goes through one mask; with two of them it diverges at λ = 1000."""
    trace = p2pbo.run(
        problem={"name": "quadratic", "noise": 0.0, "samples": 2},
        algorithm="dsgda-gt",
        settings={"penalty": 1e4, "alpha": 0.3, "beta": 0.3},
        codec=codec,
        steps=200,
        log_every=200,
    )
    assert trace.values("hypergradient_norm")[-1] < 0.05


def test_codecs_that_would_take_y_and_u_apart_are_refused():
    def run(**more):
        p2pbo.run(problem="quadratic", algorithm="dsgda-gt", steps=2, **more)

    run(codec="qsgd:8", settings={"penalty": 300})
    with pytest.raises(
        InputError, match=r"codec qsgd:8 changes y and u .* penalty of 301 multiplies; use randk"
    ):
        run(codec="qsgd:8", settings={"penalty": 301})
    with pytest.raises(InputError, match="codec u=qsgd:8 is not y's none, and the penalty multiplies"):
        run(codec="u=qsgd:8")


def test_u_takes_the_parts_of_y():
    settings = ALGORITHMS.make("dsgda-gt").check("dsgda-gt", {"mixing": {"y": "gossip"}})
    assert settings["mixing"] == {"name": "gossip", "x": "atc-tracking"}
    again = ALGORITHMS.make("dsgda-gt").check("dsgda-gt", {"mixing": {**dict.fromkeys("xyu", "atc")}})
    assert again["mixing"] == "atc"
