"""Equations as MathML, made when the site is built: no script and no font is loaded to show them."""

from __future__ import annotations

import re

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

LOGGER = logging.getLogger(__name__)


def mathml(latex: str, display: str) -> str:
    """Return an equation in LaTeX as a ``<math>`` element, ``inline`` or as a ``block``.

    Raises:
        ValueError: it has a command that is not known, which would stand in the equation as it is written.
    """
    element = convert(re.sub(r"\\arg(?![a-z])", r"\\operatorname{arg}", latex), display=display)
    if "\\" in element:
        raise ValueError(f"the equation {latex} has a command that latex2mathml does not know")
    return element


def write(translator: HTML5Translator, node: nodes.math | nodes.math_block, display: str) -> None:
    """Write an equation; one that is not understood is a warning, which ends the build."""
    try:
        translator.body.append(mathml(node.astext(), display))
    except ValueError as error:
        LOGGER.warning("%s", error, location=node, type="mathml")
    raise nodes.SkipNode


def visit_math(translator: HTML5Translator, node: nodes.math) -> None:
    """Write an equation of a line."""
    write(translator, node, "inline")


def visit_math_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write an equation that stands by itself."""
    write(translator, node, "block")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the renderer under the name ``mathml``."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
