"""What is tuned of a method, and what is checked before anything runs."""

import pytest
from searching import QUADRATIC, search

from p2pbo import InputError
from p2pbo.algorithms import ALGORITHMS
from p2pbo.config.sweep import Sweep
from p2pbo.runner.tuning.method import tuned_methods
from p2pbo.runner.tuning.parameter import Range, parse_parameter


def methods(space=(), **axes):
    parameters = {field: parse_parameter(field, text) for field, text in dict(space).items()}
    return tuned_methods(Sweep({}, [{}], {**QUADRATIC, **axes}), parameters)


def test_the_step_sizes_are_searched_around_their_defaults_unless_they_are_given():
    (method,) = methods(algorithm=["mdbo"], **{"algorithm.beta1": [2.0]})
    assert method.space == {
        "algorithm.eta": Range(0.001, 1.0, log=True),  # of 0.1
        "algorithm.beta2": Range(0.01, 10.0, log=True),  # of 1
    }
    (method,) = methods([("algorithm.alpha", "1:2")], algorithm=["nc-soba"])
    assert [*method.space] == ["algorithm.alpha", "algorithm.beta", "algorithm.gamma"]
    assert method.space["algorithm.alpha"] == Range(1, 2)


@pytest.mark.parametrize("name", [*ALGORITHMS])
def test_every_method_has_step_sizes_to_search(name):
    """Each can be set to both ends of its range."""
    (method,) = methods(algorithm=[name], lower_level=[ALGORITHMS.make(name).lower_level])
    assert method.space


def test_points_that_differ_by_more_than_their_seed_are_methods():
    found = methods(
        [("algorithm.eta", "0.1:1")], algorithm=["mdbo", "nc-soba"], codec=["none", "randk:0.5"], seed=[3, 4]
    )
    assert [method.name for method in found] == [
        "mdbo,codec=none",
        "mdbo,codec=randk-0.5",
        "nc-soba,codec=none",
        "nc-soba,codec=randk-0.5",
    ]
    assert {method.seeds for method in found} == {(3, 4)}
    assert [method.steps for method in found] == [8] * 4
    assert ["algorithm.eta" in method.space for method in found] == [True, True, False, False]
    first, second = found[1].runs({"algorithm.eta": 0.5})
    assert (first.seed, second.seed, first.codec) == (3, 4, "randk:0.5")
    assert first.algorithm.settings["eta"] == 0.5


@pytest.mark.parametrize(
    ("space", "axes", "error"),
    [
        ({"algorithm.etta": "1:2"}, {}, "algorithm mdbo has no setting 'etta'; did you mean eta"),
        ({"nods": "1:2"}, {}, "the run has no setting 'nods'; did you mean nodes"),
        ({"algorithm.eta": "-1.0:1"}, {}, "algorithm mdbo: eta = -1.0 is refused"),
        ({"algorithm.terms": "1|0"}, {}, "algorithm mdbo: terms = 0 is refused"),
        ({"mixing": "gossip|gossipp"}, {}, "mixing 'gossipp' is not known"),
        ({"steps": "1:2"}, {}, "--space steps cannot be searched"),
        (
            {},
            {f"algorithm.{name}": [1.0] for name in ("eta", "beta1", "beta2")},
            "mdbo has nothing to search",
        ),
        ({}, {"time_limit": ["30m"]}, "--time-limit would stop a trial, which is begun anew"),
        ({}, {"algorithm": ["mdbo", "mdboo"]}, "algorithm 'mdboo' is not known"),
    ],
)
def test_what_cannot_be_searched_is_refused(space, axes, error):
    with pytest.raises(InputError, match=f"^{error}"):
        methods(space, **axes)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"budget": 3}, "--budget 3 is less than the 8 steps of one trial; give 320 for 40 trials"),
        ({"budget": -1}, "budget = -1 is refused"),
        ({"budget_unit": "bytes", "budget": 1}, "--budget-unit bytes is not known"),
        ({"budget_unit": "wall"}, "--budget-unit wall has no amount beside it; give --budget AMOUNT"),
        ({"sampler": "gp"}, "sampler = 'gp' is refused; input should be 'tpe', 'random' or 'grid'"),
    ],
)
def test_budgets_and_names_that_cannot_be(settings, error):
    with pytest.raises(InputError, match=error):
        asked = search(axes={"seed": [0, 1]}, **settings)
        asked.budget(asked.methods())
