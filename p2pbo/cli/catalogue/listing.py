"""Listings in the terminal: lines in columns, of which those that are too long are broken between columns."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.text import Text

_CELL = re.compile(r"\S+(?: \S+)*")


class Listing:
    """The lines of a listing, as wide as there is room: columns stay where they are, what does not fit goes below."""

    def __init__(self, text: str) -> None:
        """Take the listing, a line for each of its lines."""
        self._lines = text.splitlines()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield the lines, each within the options' width."""
        for line in self._lines:
            yield from map(Text, broken_line(line, options.max_width))


def broken_line(line: str, width: int) -> list[str]:
    """Return a line of a listing on lines of at most ``width``: cells that do not fit go below.

    They go below the last column in which they all have room, else below the first cell.
    """
    if cell_len(line) <= width:
        return [line]
    cells = [(found.start(), found[0]) for found in _CELL.finditer(line)]
    fit = [(start, cell) for start, cell in cells if cell_len(line[:start] + cell) <= width]
    below = [cell for _, cell in cells[len(fit) :]]
    longest = max(map(cell_len, below))
    columns = [start + 2 for start, _ in fit if not line[max(0, start - 3) : start].strip()]
    margin = next((column for column in reversed(columns) if column + longest <= width), cells[0][0] + 2)
    first = [line[: fit[-1][0]] + fit[-1][1]] if fit else []
    return first + [part for cell in below for part in _indented(cell, min(margin, width // 2), width)]


def _indented(cell: str, margin: int, width: int) -> list[str]:
    """Return a cell on lines of at most ``width``, all of them indented by ``margin``."""
    indent = " " * margin
    return textwrap.wrap(cell, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
