"""The progress of a run on the screen: a live line in a terminal, a table at the end."""

from __future__ import annotations

import os
from types import TracebackType

from rich.progress import Progress as Bar
from rich.progress import TextColumn, TimeRemainingColumn

from p2pbo.cli.terminal import Terminal
from p2pbo.runner.mpi_world import launched_rank
from p2pbo.runner.process.launcher_options import TERMINAL
from p2pbo.trace import Trace, TraceRow

COLUMNS = (
    TextColumn("step {task.completed:.0f}/{task.total:.0f}"),
    TextColumn("{task.description}"),
    TimeRemainingColumn(compact=True),
)


class Progress:
    """A live line of step, loss, consensus error, MB sent per node and steps per second; silent outside a terminal.

    Launchers may give ranks a terminal of their own, so that under one only ``p2pbo launch`` knows who watches.
    """

    def __init__(self, quiet: bool) -> None:
        watched = None if launched_rank() is None else TERMINAL in os.environ
        self._console = Terminal(force_terminal=watched)
        silent = quiet or bool(launched_rank()) or not self._console.is_terminal
        self._bar = Bar(*COLUMNS, console=self._console, disable=silent, auto_refresh=False)
        self._task = self._bar.add_task("", total=None, visible=False)

    def __enter__(self) -> Progress:
        if not self._bar.disable:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self._bar.disable:
            self._bar.stop()

    def show(self, row: TraceRow, steps: int) -> None:
        """Update the line from a logged row."""
        figures = row.metrics
        rate = row.step / figures["wall_time"] if figures["wall_time"] else 0.0
        text = (
            f"loss {figures['upper_loss']:.4f}  consensus {figures['consensus_x'] + figures['consensus_y']:.1e}  "
            f"{row.node_metrics['bytes_sent'].mean() / 1e6:.2f} MB/node  {rate:.0f} steps/s"
        )
        self._bar.update(self._task, completed=row.step, total=steps, description=text, visible=True)
        self._bar.refresh()

    def print_result(self, trace: Trace) -> None:
        """Print the final table, and where the trace is."""
        from p2pbo.analysis import final_table

        self._console.print(final_table(trace))
        kept = f"trace: {trace.path}" if trace.path else "the trace is not kept; --out FILE keeps it"
        self._console.print(kept, soft_wrap=True, highlight=False)
