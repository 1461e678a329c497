"""The progress of a search on the screen: a live line for each method in a terminal, else a line for each trial."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TaskID, TextColumn

from p2pbo.cli.terminal import Terminal
from p2pbo.runner.tuning.folder import trial_name
from p2pbo.runner.tuning.report import settings_text
from p2pbo.runner.tuning.study import Ended, MethodStudy, Outcome
from p2pbo.trace import TraceRow

COLUMNS = (
    TextColumn("{task.fields[method]}"),
    BarColumn(20),
    TextColumn("{task.percentage:.0f} % of the budget  best {task.fields[best]}  {task.description}"),
)


class TuneProgress:
    """Lines of how much of its budget each method has spent, its best so far, and the trial that runs."""

    def __init__(self, studies: Sequence[MethodStudy], quiet: bool) -> None:
        console = Terminal()
        self._prints = not quiet and not console.is_terminal
        self._bars = Progress(*COLUMNS, console=console, disable=quiet or self._prints)
        self._tasks = {study.method.name: self._add(study) for study in studies}
        self._running: tuple[TaskID, int] = (TaskID(0), 0)

    @contextmanager
    def live(self) -> Iterator[TuneProgress]:
        """Show the lines, inside, where the screen is a terminal."""
        if self._bars.disable:
            yield self
        else:
            with self._bars:
                yield self

    def begin(self, study: MethodStudy, number: int) -> None:
        """Show that this trial comes next."""
        self._running = self._tasks[study.method.name], number
        self._bars.update(self._running[0], description=f"trial {number}")

    def show(self, row: TraceRow, steps: int) -> None:
        """Show step and loss of the trial that runs."""
        task, number = self._running
        loss = row.metrics["upper_loss"]
        self._bars.update(task, description=f"trial {number}  step {row.step}/{steps}  loss {loss:.4f}")

    def end(self, study: MethodStudy, number: int, ended: Ended, seconds: float) -> None:
        """Show what has been spent and found, or outside a terminal what became of the trial."""
        self._bars.update(self._running[0], completed=study.spent, best=_best(study), description="")
        if self._prints:
            trial = study.trials()[number]
            found = f"{ended.value:.6g}" if ended.outcome is Outcome.COMPLETE else ended.outcome
            share = f"{study.spent / study.budget.amount:4.0%}"
            best = study.best
            star = " (the best so far)" if best is not None and best.number == number else ""
            name = f"{trial_name(study.method, number)} {settings_text(trial.params)}"
            print(f"{share}  {name}: {found}{star}, {seconds:.3g} s", flush=True)

    def _add(self, study: MethodStudy) -> TaskID:
        task = self._bars.add_task("", total=study.budget.amount, method=study.method.name, best=_best(study))
        self._bars.update(task, completed=study.spent)
        return task


def _best(study: MethodStudy) -> str:
    return "–" if study.best is None else f"{study.best.value:.4g}"
