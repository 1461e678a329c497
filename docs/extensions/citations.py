"""The papers of each method, from the table and the BibTeX entries of the page about citing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "how-to" / "cite.md"
ENTRY = re.compile(r"^@\w+\{(\w+),\n(.*?)^\}", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^ *(\w+) *= \{(.*?)\},?$", re.MULTILINE | re.DOTALL)
SERIES = ("journal", "booktitle")


def citations(name: str) -> list[str]:
    """Return the papers that a method's users cite; none where the page does not name the method."""
    text = PAGE.read_text()
    papers = {key: dict(FIELD.findall(fields)) for key, fields in ENTRY.findall(text)}
    rows = [line.split("|")[1:3] for line in text.splitlines() if line.startswith("| `")]
    keys = [
        key for methods, cited in rows if f"`{name}`" in methods for key in re.findall(r"[a-z]+\d{4}", cited)
    ]
    return [citation(papers[key]) for key in dict.fromkeys(keys)]


def citation(fields: Mapping[str, str]) -> str:
    """Return a paper's authors, title, place and year as Markdown."""
    of = {key: " ".join(re.sub(r"\{\\\"(\w)\}", "\\1\u0308", value).split()) for key, value in fields.items()}
    authors = [" ".join(reversed(author.split(", "))) for author in of["author"].split(" and ")]
    place = [of[key] for key in SERIES if key in of]
    text = ", ".join([*authors, f"*{of['title']}*", *place, of["year"]])
    return unicodedata.normalize("NFC", re.sub("[{}]", "", text))
