"""Sections of docstrings that are prose: a heading with a colon, and the lines that are set in below it."""

from __future__ import annotations

import inspect
import re
from typing import Any


def section(owner: Any, heading: str) -> str:
    """Return the prose of a section in the docstring of a class or a function, on one line.

    Raises:
        LookupError: the docstring has no such section.
    """
    found = re.search(rf"^{heading}:\n((?:[ ]+.*\n?)+)", inspect.getdoc(owner) or "", re.MULTILINE)
    if found is None:
        raise LookupError(f"the docstring of {owner.__qualname__} has no section {heading}")
    return " ".join(found[1].split())
