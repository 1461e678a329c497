"""The progress of a run on the screen: a live line in a terminal, a table at the end."""

from __future__ import annotations

import os
from types import TracebackType
from typing import TYPE_CHECKING

from p2pbo.cli.terminal import Terminal
from p2pbo.runner.mpi_world import launched_rank
from p2pbo.runner.process.launcher_options import TERMINAL
from p2pbo.trace import Trace, TraceRow

if TYPE_CHECKING:
    from p2pbo.cli.live_line import LiveLine


class Progress:
    """What a run shows; silent outside a terminal.

    Launchers may give ranks a terminal of their own, so that under one only ``p2pbo launch`` knows who watches.
    """

    def __init__(self, quiet: bool) -> None:
        watched = None if launched_rank() is None else TERMINAL in os.environ
        self._console = Terminal(force_terminal=watched)
        silent = quiet or bool(launched_rank()) or not self._console.is_terminal
        self._line = None if silent else _live_line(self._console)

    def __enter__(self) -> Progress:
        if self._line is not None:
            self._line.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._line is not None:
            self._line.stop()

    def show(self, row: TraceRow, steps: int) -> None:
        """Update the line from a logged row."""
        if self._line is not None:
            self._line.show(row, steps)

    def print_result(self, trace: Trace) -> None:
        """Print the final table, and where the trace is."""
        from p2pbo.analysis import final_table

        self._console.print(final_table(trace))
        if trace.ended_early and trace.last is not None:
            self._console.print(f"ended with step {trace.last.step:,}: {trace.ended_by}", highlight=False)
        kept = f"trace: {trace.path}" if trace.path else "the trace is not kept; --out FILE keeps it"
        self._console.print(kept, soft_wrap=True, highlight=False)


def _live_line(console: Terminal) -> LiveLine:
    from p2pbo.cli.live_line import LiveLine  # which nobody waits for who sees none

    return LiveLine(console)
