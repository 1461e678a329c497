import numpy as np
import pytest

from p2pbo.trace.settings import differing_names, flatten, setting_array


def test_sections_become_dotted_names():
    described = {
        "algorithm": {"name": "d-soba", "alpha": 0.1, "mixing": {"name": "gossip", "y": "ed"}},
        "partition": "iid",
        "nodes": 8,
        "empty": {},
    }
    assert flatten(described) == {
        "algorithm": "d-soba",
        "algorithm.alpha": 0.1,
        "algorithm.mixing": "gossip",
        "algorithm.mixing.y": "ed",
        "partition": "iid",
        "nodes": 8,
    }


def test_what_a_run_lacks_differs_from_what_another_has():
    assert differing_names([{"a": 1, "b": 2, "d": None}, {"a": 1, "b": 3, "c": 4}]) == ["b", "c"]
    assert differing_names([{"a": 1}]) == []


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([1, 2], "i", [1, 2]),
        ([1, 0.5], "f", [1.0, 0.5]),
        ([1, None], "f", [1.0, np.nan]),
        ([True, False], "b", [True, False]),
        ([True, None], "U", ["true", ""]),
        (["ring", None], "U", ["ring", ""]),
        ([None, None], "U", ["", ""]),
        (["0.1", 0.1], "U", ["0.1", "0.1"]),
        ([[1, 2], "all"], "U", ["[1, 2]", "all"]),
    ],
)
def test_columns_have_one_type(values, kind, expected):
    made = setting_array(values)
    assert made.dtype.kind == kind
    np.testing.assert_array_equal(made, expected)
