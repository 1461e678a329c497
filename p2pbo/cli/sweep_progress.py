"""The progress of a sweep on the screen: a live line in a terminal, else a line for each finished point."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from p2pbo.cli.terminal import Terminal
from p2pbo.config.sweep import SweepPoint
from p2pbo.runner.sweep.points import Outcome
from p2pbo.trace import TraceRow

COLUMNS = (
    BarColumn(20),
    MofNCompleteColumn(),
    TimeRemainingColumn(compact=True),
    TextColumn("{task.description}"),
)


class SweepProgress:
    """A live line of how many points are done, which one runs, its step and loss; failures go to standard error."""

    def __init__(self, folder: Path, points: int, quiet: bool) -> None:
        console = Terminal()
        self._folder = folder
        self._prints = not quiet and not console.is_terminal
        self._bar = Progress(*COLUMNS, console=console, disable=quiet or self._prints or not points)
        self._task = self._bar.add_task("", total=points)
        self._point = ""
        self._ended = 0

    @contextmanager
    def live(self) -> Iterator[SweepProgress]:
        """Show the line, inside, where the screen is a terminal."""
        if self._bar.disable:
            yield self
        else:
            with self._bar:
                yield self

    def begin(self, point: SweepPoint) -> None:
        """Show the name of the point that comes next."""
        self._point = point.name
        self._bar.update(self._task, description=self._point)

    def wait(self) -> None:
        """Show that the point waits for the process that runs it."""
        self._bar.update(self._task, description=f"{self._point}: waiting for the process that runs it")
        if self._prints:
            print(f"{self._point}: waiting for the process that runs it", flush=True)

    def show(self, row: TraceRow, steps: int) -> None:
        """Show step and loss of the point that runs."""
        progress = f"step {row.step}/{steps}  loss {row.metrics['upper_loss']:.4f}"
        self._bar.update(self._task, description=f"{self._point}  {progress}")

    def end(self, outcome: Outcome) -> None:
        """Count a point that has ended, and print its failure or, outside a terminal, its time."""
        self._ended += 1
        self._bar.update(self._task, advance=1)
        name = outcome.point.name
        if outcome.problem is not None:
            alone = f"p2pbo sweep {self._folder} --point {outcome.point.index} runs it alone"
            print(f"p2pbo: {name} failed: {outcome.problem} ({alone})", file=sys.stderr, flush=True)
        elif self._prints:
            count = f"{self._ended}/{self._bar.tasks[0].total:.0f}"
            print(f"{count}  {name}: completed in {outcome.seconds:.3g} s", flush=True)
