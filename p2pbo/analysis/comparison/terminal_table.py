"""The frame of a comparison's table in the terminal."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

MISSING = "–"
"""What stands where there is no figure."""


def open_table(title: str, note: str) -> Table:
    """Return a table without columns and without an edge, between its title and a note of what its figures are."""
    table = Table(
        title=Text(title), caption=Text(note), box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False
    )
    table.title_justify = table.caption_justify = "left"
    return table
