"""Algorithms against their listings in the papers, written out with explicit matrices; each has such a test here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from dense_nodes import DenseNodes, drawn, of_every_node, one_each, ring
from listings import (
    chen2023,
    gao2023,
    huang2023,
    kong2024,
    kwon2023,
    ma2026,
    tian2018,
    wang2024,
    zhang2023,
    zhu2024,
)
from stepping import NODES, assembled, assert_close, final, oracles_and_sampler, quadratic, unequal_start

from p2pbo.algorithms import ALGORITHMS

STEPS, TERMS, L = 50, 6, 1.7
SETTINGS = {
    "dsbo": {"eta": 0.15},
    "gdsbo": {"eta": 0.15, "alpha1": 2.0, "alpha2": 3.0},
    "mdbo": {"eta": 0.2, "alpha1": 2.0, "alpha2": 3.0, "beta1": 0.6, "beta2": 0.8},
    "vrdbo": {"eta": 0.3, "alpha1": 5.0, "alpha2": 4.0, "beta1": 0.6, "beta2": 0.8},
    "async-mdbo": {"eta": 0.2, "alpha1": 2.0, "alpha2": 3.0, "beta1": 1.8, "beta2": 2.4},
    "async-vrdbo": {"eta": 0.3, "alpha1": 5.0, "alpha2": 4.0, "beta1": 1.8, "beta2": 2.4},
}
STORM = {"vrdbo", "async-vrdbo"}
BATCHES = {"drawn": {"batch": 16}, "all": {"batch": "all"}}


def compared(name, batches, kind):
    """(X, Y) by p2pbo and by the listing."""
    problem = quadratic(heterogeneity=1.0)
    settings = {**batches, "terms": TERMS, "lipschitz": L, "neumann": kind, **SETTINGS[name]}
    start = unequal_start(problem)
    _, sampler = oracles_and_sampler(problem)
    size, first = (
        None if given == "all" else given
        for given in (batches["batch"], batches.get("first_batch", batches["batch"]))
    )
    draws = [drawn(sampler, t, size if t else first, TERMS, kind) for t in range(STEPS)]
    listing = getattr(tian2018 if name.startswith("async") else gao2023, name.replace("-", "_"))
    expected = listing(DenseNodes(problem, L, TERMS, kind), ring(NODES), *start, draws, **SETTINGS[name])
    return final(problem, assembled(problem, name, **settings), STEPS, start), expected


@pytest.mark.listing
@pytest.mark.parametrize("kind", ["sum", "random", "random-paper"])
@pytest.mark.parametrize("batches", BATCHES)
@pytest.mark.parametrize("name", SETTINGS)
def test_fifty_steps_are_the_listing(name, batches, kind):
    first = {"first_batch": BATCHES[batches]["batch"]} if name in STORM else {}
    assert_close(*compared(name, {**BATCHES[batches], **first}, kind))


@pytest.mark.parametrize("first", [40, "all"])
def test_vrdbo_starts_from_a_larger_batch(first):
    assert_close(*compared("vrdbo", {"batch": 8, "first_batch": first}, "sum"))


SOBA_STEPS = 40
LETTERS = {"alpha": 0.15, "beta": 0.3, "gamma": 0.2}
NUMBERS = {"eta": 0.3, "beta1": 0.5, "beta2": 0.9, "beta3": 0.7}
TRACKED = {
    "nc-soba": {**LETTERS, "radius": 2.0},
    "d-soba": {**LETTERS, "theta": 0.3, "radius": 2.0},
    "sparkle-gt": {**LETTERS, "theta": 0.3},
    "sparkle-ed": {**LETTERS, "theta": 0.3},
    "sparkle-extra": {**LETTERS, "theta": 0.3},
    "async-soba": {"alpha": 0.3, "beta": 0.6, "gamma": 0.4, "radius": 2.0},
    "cd-bsvrgd": {**NUMBERS, "alpha1": 5.0, "alpha2": 3.0, "alpha3": 8.0, "radius": 2.0},
}
PAPERS = {
    "async-soba": tian2018,
    "cd-bsvrgd": zhang2023,
    **dict.fromkeys(("nc-soba", "d-soba"), kong2024),
    **dict.fromkeys(("sparkle-gt", "sparkle-ed", "sparkle-extra"), zhu2024),
}
LOOPS = {
    "ma-dsbo": {"alpha": 0.2, "beta": 0.3, "gamma": 0.25, "theta": 0.4, "inner_steps": 3},
    "fedmbo": {"alpha": 0.2, "beta": 0.3, "inner_steps": 3},
}


def test_every_algorithm_is_compared_with_a_listing(tmp_path):
    """By tests that are there, and that make it: see conftest."""
    names = tmp_path / "names.json"
    collect = ["-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", f"--write-names={names}"]
    subprocess.run([sys.executable, *collect, Path(__file__).parents[1]], check=True, capture_output=True)
    assert json.loads(names.read_text()) == list(ALGORITHMS)


@pytest.mark.listing
@pytest.mark.parametrize("size", [12, None])
@pytest.mark.parametrize("name", TRACKED)
def test_tracked_methods_are_their_listings(name, size):
    problem = quadratic(heterogeneity=1.0)
    start = unequal_start(problem, variables="xyz")
    batches = {"batch": size, **({"first_batch": 20} if name == "cd-bsvrgd" and size else {})}
    _, sampler = oracles_and_sampler(problem)
    first = batches.get("first_batch", size)
    draws = [one_each(sampler, t, size if t else first) for t in range(SOBA_STEPS)]
    listing = getattr(PAPERS[name], name.replace("-", "_"))
    expected = listing(DenseNodes(problem, L, TERMS), ring(NODES), *start, draws, **TRACKED[name])
    found = final(problem, assembled(problem, name, **batches, **TRACKED[name]), SOBA_STEPS, start)
    assert_close(found, expected, relative=1e-11)


@pytest.mark.listing("d-soba-fo")
@pytest.mark.parametrize("size", [12, None])
def test_d_soba_fo_is_its_listing(size):
    """Differences of 6e-6 turn rounding of 1e-16 into 1e-11."""
    problem, settings = quadratic(heterogeneity=1.0), TRACKED["d-soba"]
    start = unequal_start(problem, variables="xyz")
    _, sampler = oracles_and_sampler(problem)
    draws = [one_each(sampler, t, size) for t in range(SOBA_STEPS)]
    expected = kong2024.d_soba_fo(DenseNodes(problem, L, TERMS), ring(NODES), *start, draws, **settings)
    found = final(problem, assembled(problem, "d-soba-fo", batch=size, **settings), SOBA_STEPS, start)
    assert_close(found, expected, relative=1e-10)


PENALTIES = {
    "constant": ({"penalty": 30.0}, lambda t: 30.0),
    "growing": (
        {"penalty": 3.0, "penalty_growth": 0.5, "penalty_period": 2.0},
        lambda t: 3 * (1 + t / 2) ** 0.5,
    ),
    "capped": ({"penalty": 3.0, "penalty_growth": 1.0, "penalty_max": 60.0}, lambda t: min(3 + 0.03 * t, 60)),
}


@pytest.mark.listing
@pytest.mark.parametrize("size", [12, None])
@pytest.mark.parametrize("growth", PENALTIES)
@pytest.mark.parametrize("name", ["dsgda-gt", "f2sa", "fab"])
def test_penalty_methods_are_their_listings(name, growth, size):
    problem, (settings, weight) = quadratic(heterogeneity=1.0), PENALTIES[growth]
    start, steps = unequal_start(problem, variables="xyu"), {"alpha": 0.15, "beta": 0.3}
    _, sampler = oracles_and_sampler(problem)
    draws = [one_each(sampler, t, size) for t in range(SOBA_STEPS)]
    listing = {"dsgda-gt": wang2024.dsgda_gt, "f2sa": kwon2023.f2sa, "fab": ma2026.fab}[name]
    weights = [weight(t) for t in range(SOBA_STEPS)]
    nodes = DenseNodes(problem, L, TERMS)
    expected = listing(nodes, ring(NODES), *start, draws, penalty=weights, **steps)
    method = assembled(problem, name, batch=size, **steps, **settings)
    assert_close(final(problem, method, SOBA_STEPS, start), expected, relative=1e-11)


@pytest.mark.listing("ma-dsbo")
@pytest.mark.parametrize("size", [12, None])
def test_ma_dsbo_is_its_listing(size):
    problem, settings = quadratic(heterogeneity=1.0), LOOPS["ma-dsbo"]
    start = unequal_start(problem, variables="xyz")
    _, sampler = oracles_and_sampler(problem)
    batches = [sampler.batches(t, size, 1, 1 + settings["inner_steps"])[1] for t in range(SOBA_STEPS)]
    inner = [of_every_node(more, NODES) for _, *more in batches]
    draws = [one_each(sampler, t, size) for t in range(SOBA_STEPS)]
    nodes = DenseNodes(problem, L, TERMS)
    expected = chen2023.ma_dsbo(nodes, ring(NODES), *start, draws, inner=inner, **settings)
    found = final(problem, assembled(problem, "ma-dsbo", batch=size, **settings), SOBA_STEPS, start)
    assert_close(found, expected, relative=1e-11)


@pytest.mark.listing("fedmbo")
@pytest.mark.parametrize("size", [12, None])
@pytest.mark.parametrize("kind", ["sum", "random"])
def test_fedmbo_is_its_listing(size, kind):
    problem, settings = quadratic(heterogeneity=1.0), LOOPS["fedmbo"]
    start = unequal_start(problem)
    _, sampler = oracles_and_sampler(problem)
    local = [
        sampler.batches(t, size, 0, settings["inner_steps"], purpose="local steps")[1]
        for t in range(SOBA_STEPS)
    ]
    draws = [drawn(sampler, t, size, TERMS, kind) for t in range(SOBA_STEPS)]
    nodes = DenseNodes(problem, L, TERMS, kind)
    inner = [of_every_node(batches, NODES) for batches in local]
    expected = huang2023.fedmbo(nodes, ring(NODES), *start, draws, inner=inner, **settings)
    series = {"terms": TERMS, "lipschitz": L, "neumann": kind}
    method = assembled(problem, "fedmbo", batch=size, **series, **settings)
    assert_close(final(problem, method, SOBA_STEPS, start), expected, relative=1e-11)


@pytest.mark.parametrize("size", [6, None])
def test_nc_soba_is_d_soba_without_memory(size):
    problem = quadratic(heterogeneity=1.0)
    start = unequal_start(problem, variables="xyz")
    found, expected = (
        final(problem, assembled(problem, name, batch=size, **more), 20, start)
        for name, more in (("nc-soba", {}), ("d-soba", {"theta": 1.0}))
    )
    assert_close(found, expected)


@pytest.mark.parametrize("name", list(ALGORITHMS))
def test_a_preset_names_its_paper_and_settings_of_its_own_parts(name):
    method = ALGORITHMS.make(name)
    assert method.paper
    assert set(method.defaults) <= set(method.check(name, {}))
    assert ALGORITHMS[name].summary


@pytest.mark.parametrize(
    ("name", "eta", "alpha"), [("dsbo", 0.1, None), ("gdsbo", 0.1, 1), ("mdbo", 0.1, 1), ("vrdbo", 0.33, 5)]
)
def test_defaults_are_the_papers(name, eta, alpha):
    """Gao 2023, Sec. 6: β = 1, J = 10, η and α by method."""
    settings = ALGORITHMS.make(name).check(name, {})
    assert (settings["eta"], settings.get("alpha1"), settings.get("alpha2")) == (eta, alpha, alpha)
    assert (settings["beta1"], settings["beta2"], settings["terms"]) == (1, 1, 10)
    assert settings["neumann"] == "sum"


def test_zhangs_experiments_set_alpha_eta_squared_to_one_and_the_default_does_not():
    settings = ALGORITHMS.make("cd-bsvrgd").check("cd-bsvrgd", {})
    weights = [settings[f"alpha{v}"] * settings["eta"] ** 2 for v in (1, 2, 3)]
    assert weights == pytest.approx([0.5] * 3)
    problem, start = quadratic(), unequal_start(quadratic(), variables="xyz")
    memoryless = {f"alpha{v}": 100.0 for v in (1, 2, 3)}
    found, expected = (
        final(problem, assembled(problem, "cd-bsvrgd", batch=6, **more), 20, start)
        for more in ({**memoryless, "first_batch": 6}, {"estimator": "sgd"})
    )
    assert_close(found, expected)
