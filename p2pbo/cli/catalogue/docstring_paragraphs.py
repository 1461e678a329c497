"""Paragraphs of docstrings, and which of them are listings: equations and tables, whose lines stay as they are."""

from __future__ import annotations

import re

REFERENCE = re.compile(r":[\w:]+:`~?([^`]+)`")
"""A reference of a docstring, and the name that it is to."""

_ALIGNED = re.compile(r"\S {2,}\S|^ ", re.MULTILINE)


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a docstring whose margin has been taken away, or of a part of it."""
    return re.split(r"\n{2,}", text.strip("\n"))


def is_listing(paragraph: str) -> bool:
    """Tell whether a paragraph has a line in columns, or one that is set in from the left."""
    return _ALIGNED.search(paragraph) is not None


def plain(text: str) -> str:
    """Return a docstring's text as a terminal shows it: without the marks of names and references."""
    return REFERENCE.sub(r"\1", text).replace("``", "")
