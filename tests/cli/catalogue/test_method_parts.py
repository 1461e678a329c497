"""The parts of a method are told by kind and variable."""

from p2pbo.cli.catalogue.method_parts import method_parts


def test_parts_are_told_by_kind_and_variable():
    parts = method_parts("ef-soba")
    assert parts["mixing"] == {"name": "error-feedback", "x": "error-feedback-late"}
    assert parts["hypergradient"] == {"name": "tracked"}


def test_a_kind_that_a_method_does_not_have_is_left_out():
    assert set(method_parts("rabo")) == {"hypergradient", "masks"}
