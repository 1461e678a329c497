"""Every preset against its listing in the paper, written out with explicit matrices."""

import dense_listings
import pytest
from dense_listings import DenseNodes, drawn, ring
from stepping import NODES, assert_close, composition, final, oracles_and_sampler, quadratic, unequal_start

from p2pbo.algorithms import METHODS

STEPS, TERMS, L = 50, 6, 1.7
SETTINGS = {
    "dsbo": {"eta": 0.15},
    "gdsbo": {"eta": 0.15, "alpha1": 2.0, "alpha2": 3.0},
    "mdbo": {"eta": 0.2, "alpha1": 2.0, "alpha2": 3.0, "beta1": 0.6, "beta2": 0.8},
    "vrdbo": {"eta": 0.3, "alpha1": 5.0, "alpha2": 4.0, "beta1": 0.6, "beta2": 0.8},
}
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
    listing = getattr(dense_listings, name)
    expected = listing(DenseNodes(problem, L, TERMS, kind), ring(NODES), *start, draws, **SETTINGS[name])
    return final(problem, composition(problem, name, **settings), STEPS, start), expected


@pytest.mark.parametrize("kind", ["sum", "random", "random-paper"])
@pytest.mark.parametrize("batches", BATCHES)
@pytest.mark.parametrize("name", SETTINGS)
def test_fifty_steps_are_the_listing(name, batches, kind):
    first = {"first_batch": BATCHES[batches]["batch"]} if name == "vrdbo" else {}
    assert_close(*compared(name, {**BATCHES[batches], **first}, kind))


@pytest.mark.parametrize("first", [40, "all"])
def test_vrdbo_starts_from_a_larger_batch(first):
    assert_close(*compared("vrdbo", {"batch": 8, "first_batch": first}, "sum"))


@pytest.mark.parametrize("name", list(METHODS))
def test_a_preset_names_its_paper_and_settings_of_its_own_parts(name):
    method = METHODS.make(name)
    assert method.paper
    assert set(method.defaults) <= set(method.check(name, {}))
    assert METHODS[name].summary


@pytest.mark.parametrize(
    ("name", "eta", "alpha"), [("dsbo", 0.1, None), ("gdsbo", 0.1, 1), ("mdbo", 0.1, 1), ("vrdbo", 0.33, 5)]
)
def test_defaults_are_the_papers(name, eta, alpha):
    """Gao 2023, Sec. 6: β = 1, J = 10, η and α by method."""
    settings = METHODS.make(name).check(name, {})
    assert (settings["eta"], settings.get("alpha1"), settings.get("alpha2")) == (eta, alpha, alpha)
    assert (settings["beta1"], settings["beta2"], settings["terms"]) == (1, 1, 10)
    assert settings["neumann"] == "sum"
