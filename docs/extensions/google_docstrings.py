"""Docstrings in Google's style, by napoleon; in those of attributes a colon means nothing, since they are prose."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.ext.napoleon import Config
from sphinx.ext.napoleon.docstring import GoogleDocstring
from sphinx.util.typing import ExtensionMetadata

CONFIG: Any = Config(
    napoleon_use_ivar=True, napoleon_custom_sections=[("Settings", "params_style")], napoleon_use_rtype=False
)
PROSE = ("attribute", "property", "data")
"""Kinds whose docstrings napoleon would take for ``type: description``."""


class Docstring(GoogleDocstring):
    """A docstring in which all sections may explain several names at once: ``bytes, messages: …``."""

    def _consume_fields(
        self, parse_type: bool = True, prefer_type: bool = False, multiple: bool = True
    ) -> list[tuple[str, str, list[str]]]:
        return super()._consume_fields(parse_type, prefer_type, multiple=True)


def restructured(app: Sphinx, what: Any, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Replace the lines of a docstring by those that Sphinx understands."""
    kind: Any = "object" if what in PROSE else what
    lines[:] = Docstring(lines, CONFIG, app, kind, name, thing, options).lines()


def dashes(app: Sphinx, document: nodes.document) -> None:
    """Replace the two hyphens that Sphinx writes between a name and its explanation by a dash."""
    for text in list(document.findall(nodes.Text)):
        if text == " -- ":
            text.parent.replace(text, nodes.Text(" – "))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Look at each docstring that autodoc finds."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", restructured)
    app.connect("doctree-read", dashes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
