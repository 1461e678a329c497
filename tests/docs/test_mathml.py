"""Equations become MathML elements, which a browser shows by itself."""

from xml.etree import ElementTree

import pytest
from extensions.mathml import mathml


def test_an_equation_is_one_element_of_mathml():
    element = ElementTree.fromstring(mathml(r"\bar x = \frac1K \sum_i x_i", "inline"))
    assert element.tag == "{http://www.w3.org/1998/Math/MathML}math"
    assert element.get("display") == "inline"
    assert "".join(element.itertext()) == "x¯=1K∑ixi"


def test_argmin_is_known():
    assert "".join(ElementTree.fromstring(mathml(r"\arg\min_y g", "block")).itertext()) == "argminyg"


def test_a_command_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match=r"the equation \\nosuch x has a command"):
        mathml(r"\nosuch x", "inline")
