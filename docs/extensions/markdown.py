"""Markdown of the generated pages, from names, rows of tables and docstrings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from p2pbo.cli.catalogue.docstring_paragraphs import REFERENCE, is_listing, paragraphs


def code(text: object) -> str:
    """Return text in the font of code, fit for a table's cell."""
    return f"`{text}`".replace("|", "\\|")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table, or nothing where it would have no rows."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(header)} |", "|---" * len(header) + "|", *lines]) if lines else ""


def page(*blocks: str) -> str:
    """Return blocks one below the other; empty ones are left out."""
    return "\n\n".join(block for block in blocks if block) + "\n"


def inline(text: str) -> str:
    """Return a docstring's prose as Markdown: names in the font of code, stars and underscores as they are."""
    text = REFERENCE.sub(lambda found: f"``{found[1]}``", text)
    parts = re.split(r"``(.+?)``", text)
    parts[::2] = [re.sub(r"([*_<|\[\]$])", r"\\\1", part) for part in parts[::2]]
    parts[1::2] = [f"`{part}`" for part in parts[1::2]]
    return "".join(parts)


def of_docstring(text: str) -> str:
    """Return a docstring as Markdown, in which paragraphs with aligned lines are listings."""
    blocks: list[str] = []
    listing: list[str] = []
    for paragraph in [*paragraphs(text), ""]:
        if is_listing(paragraph):
            listing.append(REFERENCE.sub(r"\1", paragraph).replace("``", ""))
            continue
        if listing:
            blocks.append("```text\n" + "\n\n".join(listing) + "\n```")
            listing = []
        blocks.append(inline(paragraph))
    return page(*blocks).rstrip("\n")
