"""Ranges and choices as people write them."""

import pytest

from p2pbo import InputError
from p2pbo.runner.tuning.parameter import Choices, Range, parse_parameter, parse_space


@pytest.mark.parametrize(
    ("text", "parameter"),
    [
        ("0.001:1:log", Range(0.001, 1.0, log=True)),
        ("-1:1.5", Range(-1, 1.5)),
        (" 1e-3 : 2 : log ", Range(0.001, 2, log=True)),
        ("1:64", Range(1, 64)),
        ("16|64|256", Choices((16, 64, 256))),
        (
            "none|randk:0.1|x=randk:2000,y=randk:200",
            Choices(("none", "randk:0.1", "x=randk:2000,y=randk:200")),
        ),
        ([0.5, 1], Choices((0.5, 1))),
    ],
)
def test_a_parameter_as_it_is_written(text, parameter):
    found = parse_parameter("it", text)
    assert found == parameter
    assert parse_parameter("it", found.as_json()) == parameter
    if isinstance(parameter, Range):
        assert found.whole == (text == "1:64")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("1:0.1", "it=1:0.1 is empty; write the smaller number first"),
        ("1:1", "it=1:1 is empty"),
        ("0:1:log", "it=0:1:log has no logarithm at 0; begin above 0"),
        ("1e308:-1e308", "is empty"),
        ("randk:0.1", "it=randk:0.1 is neither a range nor choices; write LOW:HIGH"),
        ("16", "it=16 is neither"),
        (0.1, "it=0.1 is neither"),
        ("a|a", r"it=a\|a offers no choice"),
        ("a|", "it has the choice ''; give numbers or names"),
        ([["x"]], "it has the choice"),
    ],
)
def test_what_is_none_is_refused(text, error):
    with pytest.raises(InputError, match=error):
        parse_parameter("it", text)


def test_parameters_are_separated_by_commas_and_repeated():
    found = parse_space(["algorithm.eta=0.1:1:log,codec=none|x=randk:2,y=randk:3", "algorithm.batch=1:9"])
    assert found == {
        "algorithm.eta": Range(0.1, 1, log=True),
        "codec": Choices(("none", "x=randk:2,y=randk:3")),
        "algorithm.batch": Range(1, 9),
    }
    with pytest.raises(InputError, match=r"--space 0\.1:1 names no field and range"):
        parse_space(["algorithm.eta=0.1:1,0.1:1"])


@pytest.mark.parametrize(
    ("text", "value", "wider"),
    [
        ("0.01:1:log", 0.0104, ("downwards", Range(0.001, 1.0, log=True))),
        ("0.01:1:log", 0.97, ("upwards", Range(0.01, 10.0, log=True))),
        ("0.01:1:log", 0.12, None),
        ("0.01:1:log", 0.03, None),  # though it is near in numbers
        ("0.0:1.0", 0.99, ("upwards", Range(0.0, 1.5))),
        ("2:10", 10, ("upwards", Range(2, 14))),
        ("16|64|256", 256, ("upwards", Choices((16, 64, 256, 512)))),
        ("256|16|64", 16, ("downwards", Choices((8, 256, 16, 64)))),
        ("16|64|256", 64, None),
        ("1|2", 2, None),
        ("a|b|c", "c", None),
    ],
)
def test_a_value_on_an_edge_says_which_way_to_go_on(text, value, wider):
    assert parse_parameter("it", text).wider(value) == wider
