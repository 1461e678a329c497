"""Listings in docstrings are told from prose."""

import pytest

from p2pbo.cli.catalogue.docstring_paragraphs import is_listing, paragraphs


def test_paragraphs_have_empty_lines_between_them():
    assert paragraphs("\n  a = b\nc\n\n\nd\n") == ["  a = b\nc", "d"]


@pytest.mark.parametrize(
    "paragraph", ["U = D,  T = U   t = 0", "prose\nline 6   T⁺ = W T", "    W V − β T", "Alg. 1\n   line 2"]
)
def test_columns_and_margins_make_a_listing(paragraph):
    assert is_listing(paragraph)


@pytest.mark.parametrize(
    "paragraph", ["One line of prose.", "N steps y ← y − β gy make of y,\nand V⁺ = ψ⁺ − C⁺."]
)
def test_an_equation_in_prose_is_prose(paragraph):
    assert not is_listing(paragraph)
