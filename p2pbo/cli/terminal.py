"""The terminal, or what stands in its place, to which commands print tables and live lines."""

from __future__ import annotations

from rich.console import Console


class Terminal(Console):
    """A console that prints names as they are, whatever brackets and colons are in them.

    It never hides the cursor: whoever is killed while a line is live could not show it again.
    """

    def __init__(self, *, force_terminal: bool | None = None, highlight: bool = True) -> None:
        super().__init__(force_terminal=force_terminal, highlight=highlight, markup=False, emoji=False)

    def show_cursor(self, show: bool = True) -> bool:
        """Show the cursor; asked to hide it, do nothing."""
        return show and super().show_cursor(True)
