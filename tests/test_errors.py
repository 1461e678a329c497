"""Errors read OBJECT CAUSE; REMEDY on one line."""

import pytest

from p2pbo.errors import InputError, did_you_mean


def test_an_input_error_is_one_line_and_a_value_error():
    error = InputError("torus:3x5", "has 15 places for 16 nodes", "use --nodes 15")
    assert str(error) == "torus:3x5 has 15 places for 16 nodes; use --nodes 15"
    assert isinstance(error, ValueError)


@pytest.mark.parametrize(
    ("name", "known", "remedy"),
    [
        ("rinf", ["star", "ring"], "did you mean ring? choose from ring, star"),
        ("lattice", ["star", "ring"], "choose from ring, star"),
        ("eta", [], "nothing can be set here"),
    ],
)
def test_did_you_mean(name, known, remedy):
    assert did_you_mean(name, known) == remedy
    assert did_you_mean(name, iter(known)) == remedy
