"""All kinds of things that the command line knows, with their names, on one screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.table import Table
from rich.text import Text


def overview(kinds: Mapping[str, Iterable[str]]) -> Table:
    """Return a table of the names of each kind, which are wrapped between names alone."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for kind, names in kinds.items():
        table.add_row(kind, Text(", ".join(names)))
    return table
