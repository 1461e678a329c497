"""What a method accepts: its parts' settings, checked, and the paper's values where nothing else is said."""

import numpy as np
import pytest
from stepping import assembled, assert_close, final, quadratic, unequal_start

from p2pbo import InputError
from p2pbo.algorithms import ALGORITHMS, PARTS, Composition, RunContext
from p2pbo.algorithms.estimators.momentum import Momentum

LISTINGS = [name for name in ALGORITHMS if not isinstance(ALGORITHMS.make(name), Composition)]


def check(name, given):
    return ALGORITHMS.make(name).check(name, given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"etta": 0.1}, r"algorithm mdbo has no setting 'etta'; did you mean eta\? choose from alpha1"),
        ({"alpha3": 1}, "has no setting 'alpha3'"),
        ({"first_batch": 5}, "has no setting 'first_batch'"),
        ({"eta": "fast"}, "eta = 'fast' is refused; input should be a valid number"),
        ({"eta": [0.1]}, r"eta = \[0.1\] is refused; input should be a valid number"),
        ({"eta": -0.1}, "eta = -0.1 is refused; input should be greater than 0"),
        ({"eta": 0}, "eta = 0 is refused; input should be greater than 0"),
        ({"beta2": float("nan")}, "beta2 = nan is refused; input should be"),
        ({"alpha1": float("inf")}, "alpha1 = inf is refused; input should be a finite number"),
        ({"lipschitz": -1}, "lipschitz = -1 is refused; input should be greater than 0"),
        ({"terms": 0}, "terms = 0 is refused; input should be greater than or equal to 1"),
        ({"terms": 1.5}, "terms = 1.5 is refused; input should be a valid integer"),
        ({"neumann": "som"}, "neumann = 'som' is refused; input should be 'sum', 'random' or 'random-paper'"),
        ({"neumann_batches": 1}, "neumann_batches = 1 is refused"),
        ({"estimator": "storn"}, r"estimator 'storn' is not known; did you mean storm\?"),
        ({"mixing": "gosip"}, r"mixing 'gosip' is not known; did you mean gossip\?"),
        ({"hypergradient": "newmann"}, r"hypergradient 'newmann' is not known; did you mean neumann\?"),
        ({"estimator": 3}, "estimator 3 is no name"),
        ({"mixing": ["gossip"]}, r"mixing \['gossip'\] is no name"),
        ({"mixing": {"y": 3}}, "mixing 3 is no name"),
        ({"mixing": {"y": "edd"}}, r"mixing 'edd' is not known; did you mean ed\?"),
        ({"mixing": {"z": "ed"}}, r"mixing has no variable 'z' here; choose from x, y"),
        ({"hypergradient": "tracked", "estimator": {"w": "sgd"}}, "estimator has no variable 'w' here"),
        ({"schedule": "cosin"}, r"schedule 'cosin' is not known; did you mean cosine\?"),
        ({"schedule": {"x": "cosine:2"}}, "schedule cosine: floor = '2' is refused"),
        ({"radius": 1.0}, "has no setting 'radius'"),
        ({"hypergradient": "tracked", "mixing": {"z": "ed"}, "radius": 1.0}, "has no setting 'radius'"),
        ({"hypergradient": "tracked", "radius": -1}, "radius.* = -1 is refused"),
    ],
)
def test_refusals_name_the_setting_and_the_remedy(given, said):
    with pytest.raises(InputError, match=said) as refused:
        check("mdbo", given)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("size", [0, -1, 1.5, 4.0, "many", "", [4], True, float("inf"), float("nan"), {}])
@pytest.mark.parametrize("setting", ["batch", "first_batch"])
def test_batches_are_whole_numbers_or_all(setting, size):
    with pytest.raises(
        InputError, match=rf"{setting} = .* is refused; give a whole number of rows, at least 1"
    ):
        check("vrdbo", {setting: size})


@pytest.mark.parametrize(
    ("given", "kept"), [(5, 5), ("5", 5), (np.int64(5), 5), ("all", "all"), (None, "all")]
)
def test_batch_sizes_as_people_write_them(given, kept):
    assert (
        check("vrdbo", {"batch": given, "first_batch": given}).items()
        >= {
            "batch": kept,
            "first_batch": kept,
        }.items()
    )


def test_parts_may_be_replaced_and_bring_their_own_settings():
    settings = check("dsbo", {"estimator": "storm", "mixing": "tracking", "first_batch": 7, "alpha2": 2})
    assert (settings["hypergradient"], settings["estimator"], settings["mixing"]) == (
        "neumann",
        "storm",
        "tracking",
    )
    assert (settings["first_batch"], settings["alpha1"], settings["alpha2"]) == (7, 1, 2)


def test_replaced_parts_really_act():
    problem = quadratic()
    start = unequal_start(problem)
    found = final(problem, assembled(problem, "vrdbo", estimator="sgd", mixing="gossip", eta=0.1), 5, start)
    assert_close(found, final(problem, assembled(problem, "dsbo"), 5, start))


def test_a_presets_defaults_go_with_the_parts_that_have_them():
    settings = check("vrdbo", {"estimator": "sgd", "mixing": "gossip"})
    assert not {"alpha1", "alpha2", "first_batch"} & set(settings)
    assert settings["eta"] == 0.33
    with pytest.raises(InputError, match="algorithm vrdbo has no setting 'alpha1'"):
        check("vrdbo", {"estimator": "sgd", "alpha1": 1.0})


@pytest.mark.parametrize("name", list(ALGORITHMS))
def test_checked_settings_are_complete_and_stay_as_they_are(name):
    settings = check(name, {})
    assert set(PARTS) < set(settings) or name in LISTINGS
    assert check(name, settings) == settings


@pytest.mark.parametrize("name", list(ALGORITHMS))
def test_the_order_of_settings_does_not_matter(name):
    given = dict(reversed(check(name, {"batch": 4}).items()))
    assert check(name, given) == check(name, {"batch": 4})
    problem = quadratic(lower_level=ALGORITHMS.make(name).lower_level)
    methods = [assembled(problem, name, **settings) for settings in (given, {"batch": 4})]
    start = unequal_start(problem, variables=methods[0].variables)
    one, other = (final(problem, method, 5, start) for method in methods)
    for rows, same in zip(one, other, strict=True):
        np.testing.assert_array_equal(rows, same)


@pytest.mark.parametrize("name", LISTINGS)
@pytest.mark.parametrize("part", list(PARTS))
def test_listings_of_their_own_have_no_other_parts_to_replace(name, part):
    has = part in check(name, {})
    message = (
        "hypergradient 'anything' is not known"
        if has
        else f"{name} is a listing of its own and has no {part}"
    )
    with pytest.raises(InputError, match=message):
        check(name, {part: "anything"})


@pytest.mark.parametrize("name", [name for name in LISTINGS if "hypergradient" in check(name, {})])
def test_listings_take_every_hypergradient_that_carries_nothing(name):
    for other in ("neumann", "cg", "finite-differences"):
        assert check(name, {"hypergradient": other})["hypergradient"] == other
        assembled(quadratic(), name, hypergradient=other)


def test_each_variable_has_its_own_settings():
    made = assembled(quadratic(), "gdsbo", alpha1=0.5, alpha2=2.0, beta1=3.0, beta2=4.0, eta=0.1)
    for rule, a, step in zip(made.rules, (0.05, 0.2), (0.3, 0.4), strict=True):
        assert isinstance(rule.estimator, Momentum)
        assert rule.estimator.a == pytest.approx(a)
        assert rule.step(0) == rule.step(40) == pytest.approx(step)


def test_each_variable_may_have_its_own_parts():
    given = {"mixing": {"y": "ed"}, "estimator": {"name": "sgd", "z": "storm"}, "schedule": {"x": "cosine"}}
    settings = check("cd-bsvrgd", given)
    assert settings["mixing"] == {"name": "tracking", "y": "ed"}
    assert settings["estimator"] == {"name": "sgd", "z": "storm"}
    assert settings["schedule"] == {"name": "constant", "x": "cosine"}
    assert {"alpha3", "first_batch", "radius"} < set(settings)
    assert not {"alpha1", "alpha2"} & set(settings)
    made = assembled(quadratic(), "cd-bsvrgd", steps=10, **given)
    assert [type(rule.mixing).__name__ for rule in made.rules] == ["Tracking", "ExactDiffusion", "Tracking"]
    assert [type(rule.estimator).__name__ for rule in made.rules] == ["SGD", "SGD", "Storm"]
    assert [rule.step(5) for rule in made.rules] == pytest.approx([0.5, 0.1, 1.0])


def test_a_part_that_all_variables_share_is_written_once():
    given = {"mixing": {"x": "ed", "y": "ed", "z": "ed"}}
    assert check("d-soba", given) == check("d-soba", {"mixing": "ed"})
    assert check("d-soba", given)["mixing"] == "ed"


def test_batch_sizes_reach_the_composition():
    problem = quadratic()
    assert assembled(problem).batches == (None, None)
    assert assembled(problem, batch=3).batches == (3, 3)
    assert assembled(problem, "vrdbo", batch=3).batches == (3, None)
    assert assembled(problem, "vrdbo", batch=3, first_batch=9).batches == (3, 9)
    assert assembled(problem, "ma-dsbo", batch=3).batches == (3,)


def test_a_method_is_a_sentence():
    own = Composition("neumann", "storm", "gossip", paper="none", defaults={"alpha2": 7.0, "beta9": 1.0})
    settings = own.check("own", {})
    assert settings["alpha2"] == 7
    assert "beta9" not in settings


@pytest.mark.parametrize(("estimator", "said"), [("momentum", "a = αη is 1.65"), ("storm", "a = αη² is 1.0")])
def test_an_average_whose_new_weight_exceeds_one_is_refused(estimator, said):
    eta = {"momentum": 0.33, "storm": 0.45}[estimator]
    method = ALGORITHMS.make("vrdbo")
    settings = method.check("vrdbo", {"estimator": estimator, "eta": eta, "alpha1": 5.0, "alpha2": 5.0})
    with pytest.raises(InputError, match=rf"{said}\d*, above 1; lower alpha or eta"):
        method.assemble(settings, RunContext(quadratic()))


def test_the_weight_of_an_average_named_by_theta_is_bounded_too():
    with pytest.raises(InputError, match=r"a = θ is 1.5, above 1; lower theta"):
        assembled(quadratic(), "d-soba", theta=1.5)
