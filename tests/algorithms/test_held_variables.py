"""A step of 0 holds a variable where it started, to the last bit, in every method; the others go on."""

import copy

import numpy as np
import pytest

import p2pbo
from p2pbo.algorithms import ALGORITHMS
from p2pbo.problems import PROBLEMS, ProblemContext

NODES, DIM_X, DIM_Y = 5, 4, 3
UNEQUAL = {"rabo", "rafbo", "static", "oap", "fedrolex", "fiarse"}


@pytest.fixture(scope="module")
def problem():
    """The quadratic problem from a start that averages over a ring's neighbours do not give back exactly."""
    recipe = {"dim_x": DIM_X, "dim_y": DIM_Y, "samples": 8}
    made = PROBLEMS.make("quadratic", ProblemContext(NODES), **recipe)
    start = np.random.default_rng(0)
    made.x.start[:], made.y.start[:] = start.normal(size=DIM_X), start.normal(size=DIM_Y)
    return made


def of_level(problem, name):
    """The problem on the lower level that the method is for."""
    other = copy.copy(problem)
    other.lower_level = ALGORITHMS.make(name).lower_level
    return other


def steps_of(name):
    """The settings that are a variable's step, by variable, as the two families of papers name them."""
    settings = ALGORITHMS.make(name).check(name, {})
    families = {"x": ("beta1", "alpha"), "y": ("beta2", "beta"), "z": ("beta3", "gamma")}
    numbered = "beta1" in settings
    return {v: names[not numbered] for v, names in families.items() if names[not numbered] in settings}


CASES = [
    (name, variable)
    for name in ALGORITHMS
    if ALGORITHMS.make(name).variant is None
    for variable in steps_of(name)
    if (name, variable) != ("rafbo", "y")
]


def run(problem, name, settings, **given):
    capacity = {"capacity": "1,1/2"} if name in UNEQUAL else {}
    given = {
        "topology": "ring",
        "compute_time": "10ms",
        "steps": 3,
        "log_every": 3,
        "settings": {"batch": 4, **capacity, **settings},
        **given,
    }
    return p2pbo.run(problem=of_level(problem, name), algorithm=name, exact="off", **given).final


@pytest.mark.parametrize(("name", "variable"), CASES)
def test_a_step_of_0_holds_a_variable(problem, name, variable):
    final = run(problem, name, {steps_of(name)[variable]: 0})
    start = {"x": problem.x.start, "y": problem.y.start, "z": np.zeros(DIM_Y)}
    np.testing.assert_array_equal(getattr(final, variable), np.tile(start[variable], (NODES, 1)))
    others = [v for v in steps_of(name) if v != variable and getattr(final, v) is not None]
    assert all((getattr(final, v) != start[v]).any() for v in others)


@pytest.mark.parametrize("channel", ["masked", "difference"])
@pytest.mark.parametrize("links", [{}, {"drop": 0.3, "delay": 1}])
def test_no_channel_moves_what_is_held(problem, channel, links):
    final = run(problem, "mdbo", {"beta1": 0}, codec="randk:0.5", channel=channel, links=links)
    np.testing.assert_array_equal(final.x, np.tile(problem.x.start, (NODES, 1)))


@pytest.mark.parametrize(("name", "setting"), [("mdbo", "eta"), ("mdbo", "alpha1"), ("d-soba", "theta")])
def test_shares_and_weights_of_0_are_refused(problem, name, setting):
    with pytest.raises(p2pbo.InputError, match=f"{setting} = 0 is refused; input should be greater than 0"):
        run(problem, name, {setting: 0})


def test_differences_along_no_steps_are_refused(problem):
    with pytest.raises(p2pbo.InputError, match="goes down the lower loss by steps of beta = 0"):
        run(problem, "rafbo", {"beta": 0})
