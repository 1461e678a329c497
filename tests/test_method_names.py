"""Names of methods as their papers write them."""

import pytest

from p2pbo.algorithms import ALGORITHMS
from p2pbo.method_names import NOT_IN_CAPITALS, method_name


@pytest.mark.parametrize("name", list(ALGORITHMS))
def test_a_method_says_its_name_first(name):
    said, colon, _ = ALGORITHMS[name].summary.partition(": ")
    assert (said, colon) == (method_name(name), ": ")


def test_no_other_names_are_there():
    assert NOT_IN_CAPITALS.keys() <= set(ALGORITHMS)
    assert all(
        name == written.lower() and written != name.upper() for name, written in NOT_IN_CAPITALS.items()
    )
