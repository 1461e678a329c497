"""The rows of an edge list: its lines, split at the separator of the first one.

Columns end at a comma, a semicolon or, in tables, a tab, where the first row has one; else at blanks, of which a tab is
one. ``#`` begins a comment, and ``{`` the attributes of an edge as networkx writes them.
"""

from __future__ import annotations

import ast
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from p2pbo.errors import InputError

_LONGEST_ATTRIBUTES = 10_000
"""The most characters of a ``{…}``: the time that Python takes for longer ones grows fast."""


@dataclass(frozen=True)
class EdgeListRow:
    """A line of an edge list: its number, its columns, and the attributes in braces."""

    subject: str
    line: int
    fields: list[str]
    attributes: dict[str, Any]

    def refuse(self, cause: str, remedy: str) -> NoReturn:
        """Raise an InputError about this line."""
        raise InputError(line_subject(self.subject, self.line), cause, remedy)


def line_subject(subject: str, line: int) -> str:
    """Return the name of a line of a file, as the subject of a message."""
    return f"{subject}, line {line},"


def edge_list_rows(subject: str, text: str, tabs: bool) -> Iterator[EdgeListRow]:
    """Yield the rows of a text; empty lines are skipped.

    Args:
        subject: the name of the file in messages.
        text: the text, whose lines end in a newline.
        tabs: whether tabs may separate columns that contain blanks.

    Raises:
        InputError: a line cannot be split; the message names it.
    """
    separator: str | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        here = line_subject(subject, number)
        columns, attributes = _halves(here, line)
        if not columns.strip(" \t,;") and not attributes:
            continue
        if separator is None:
            marks = (",", ";", "\t") if tabs else (",", ";")
            separator = next((mark for mark in marks if mark in columns), " ")
        yield EdgeListRow(subject, number, _fields(here, columns, separator), attributes)


def _halves(here: str, line: str) -> tuple[str, dict[str, Any]]:
    """Return the columns before attributes and comments, and the attributes."""
    columns = line.partition("#")[0]
    if "{" in columns:
        columns, brace, literal = line.partition("{")
        return columns, _literal(here, brace + literal)
    return columns, {}


def _literal(here: str, text: str) -> dict[str, Any]:
    try:
        found = ast.literal_eval(text) if len(text) <= _LONGEST_ATTRIBUTES else None
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        found = None
    if not (isinstance(found, dict) and all(isinstance(name, str) for name in found)):
        remedy = "write them as {'bandwidth': 1e6}, or none"
        raise InputError(here, "has attributes in braces that are not names with values", remedy)
    return found


def _fields(here: str, columns: str, separator: str) -> list[str]:
    if separator == " ":
        fields = columns.split()
        if any(field.strip(",;") != field for field in fields):
            raise InputError(here, "has a comma or semicolon beside a blank", "part all columns alike")
        return fields
    try:
        (fields,) = csv.reader([columns], delimiter=separator, skipinitialspace=True, strict=True)
    except (csv.Error, ValueError):
        raise InputError(here, "has quotes that do not end", "close them on the line") from None
    return [field.strip() for field in fields]
