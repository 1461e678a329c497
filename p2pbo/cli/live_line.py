"""The live line of a run in a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.progress import Progress, TextColumn, TimeRemainingColumn

from p2pbo.trace import TraceRow

COLUMNS = (
    TextColumn("step {task.completed:.0f}/{task.total:.0f}"),
    TextColumn("{task.description}"),
    TimeRemainingColumn(compact=True),
)


class LiveLine(Progress):
    """A line of step, loss, consensus error, MB sent per node and steps per second."""

    def __init__(self, console: Console) -> None:
        super().__init__(*COLUMNS, console=console, auto_refresh=False)
        self._run = self.add_task("", total=None, visible=False)

    def show(self, row: TraceRow, steps: int) -> None:
        """Update the line from a logged row."""
        self.update(self._run, completed=row.step, total=steps, description=figures_of(row), visible=True)
        self.refresh()


def figures_of(row: TraceRow) -> str:
    """Return what a live line says of a logged row: loss, consensus error, MB sent per node, steps per second."""
    figures = row.metrics
    # y has none where it is each node's own
    consensus = figures["consensus_x"] + figures.get("consensus_y", 0.0)
    rate = row.step / figures["wall_time"] if figures["wall_time"] else 0.0
    return (
        f"loss {figures['upper_loss']:.4f}  consensus {consensus:.1e}  "
        f"{row.node_metrics['bytes_sent'].mean() / 1e6:.2f} MB/node  {rate:.0f} steps/s"
    )
