"""What came of a sweep: a table with a row for each run over its seeds, and a file with a row for each point."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from p2pbo.analysis.estimate import Estimate
from p2pbo.analysis.formatting import shown
from p2pbo.analysis.groups import groups
from p2pbo.errors import InputError
from p2pbo.extras import analysis_module
from p2pbo.trace import COMPLETED, DIVERGED, Trace
from p2pbo.trace.schema import SCHEMA
from p2pbo.trace.settings import differing_names, flatten, setting_array

NOTE = "figures at the end: mean ± standard error over seeds"


@dataclass(frozen=True)
class Shown:
    """A column of the table: its heading, the figures that it may show (the first that there is), errors or not."""

    heading: str
    metrics: tuple[str, ...]
    error: bool = False

    def cell(self, runs: Sequence[Mapping[str, float]]) -> str:
        """Return the mean over the runs of one group; nothing where there are none."""
        if not runs:
            return ""
        name = next((name for name in self.metrics if all(name in figures for figures in runs)), None)
        if name is None:
            return ""
        factor = shown(SCHEMA[name].units)[0]
        estimate = Estimate.over([factor * figures[name] for figures in runs])
        return " ± ".join((estimate if self.error else Estimate(estimate.mean, None)).written())


COLUMNS = (
    Shown("upper loss", ("upper_loss",), error=True),
    Shown("accuracy", ("test_accuracy", "validation_accuracy"), error=True),
    Shown("consensus x", ("consensus_x",)),
    Shown("MB per node", ("bytes_sent",)),
    Shown("wall (s)", ("wall_time",)),
)


@dataclass(frozen=True)
class Result:
    """What became of one point.

    Attributes:
        point: its name.
        description: of its run.
        status: ``completed``, or why it is not.
        trace: what it has logged, if anything.
    """

    point: str
    description: Mapping[str, Any]
    status: str
    trace: Trace | None

    @property
    def end(self) -> str:
        """The status; of runs that have diverged, each at a step of its own, that alone."""
        return "diverged" if self.status.startswith(DIVERGED) else self.status

    @cached_property
    def figures(self) -> dict[str, float]:
        """The last logged step and its figures; means over the nodes of what every node has."""
        row = self.trace.last if self.trace else None
        if row is None:
            return {}
        means = {name: float(values.mean()) for name, values in row.node_metrics.items()}
        return {"step": row.step, **row.metrics, **means}


def table(results: Sequence[Result]) -> Table:
    """For the terminal: the means over the seeds of each run that are completed, and how many have diverged."""
    ended = {
        result.trace: result for result in results if result.trace and result.end in (COMPLETED, "diverged")
    }
    rows = []
    for group in groups(list(ended)):
        members = [ended[trace] for trace in group.traces]
        runs = [result.figures for result in members if result.status == COMPLETED]
        lost = len(members) - len(runs)
        rows.append((group.label, f"{len(runs)}" + f", {lost} diverged" * bool(lost), runs))
    told = [part for part in COLUMNS if any(part.cell(runs) for *_, runs in rows)]
    drawn = Table("run", caption=NOTE, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    drawn.caption_justify = "left"
    for heading in ("seeds", *(part.heading for part in told)):
        drawn.add_column(heading, justify="right")
    for label, seeds, runs in rows:
        drawn.add_row(Text(label), seeds, *(part.cell(runs) for part in told))
    return drawn


def shortfall(results: Sequence[Result]) -> list[str]:
    """Return what is not completed: a line for each reason."""
    reasons = Counter(result.end for result in results if result.status != COMPLETED)
    return [f"{count} of {len(results)} points: {reason}" for reason, count in reasons.items()]


def columns(results: Sequence[Result]) -> dict[str, NDArray[Any]]:
    """By name: the points, how they ended, the settings that differ, the figures at the end; NaN where one is missing.

    Figures are in the units of the traces: bytes, seconds.
    """
    settings = [flatten(result.description) for result in results]
    figures = dict.fromkeys(name for result in results for name in result.figures)
    return {
        "point": setting_array([result.point for result in results]),
        "status": setting_array([result.status for result in results]),
        **{name: setting_array([held.get(name) for held in settings]) for name in differing_names(settings)},
        **{name: setting_array([result.figures.get(name) for result in results]) for name in figures},
    }


def write(results: Sequence[Result], folder: Path) -> list[Path]:
    """Write ``summary.csv`` into the folder, and ``summary.parquet`` where pyarrow is installed; returns the paths."""
    held = {name: _utf8(values) for name, values in columns(results).items()}
    paths = [folder / "summary.csv"]
    with paths[0].open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(held)
        lines.writerows(zip(*(values.tolist() for values in held.values()), strict=True))
    try:
        pyarrow, parquet = analysis_module("pyarrow"), analysis_module("pyarrow.parquet")
    except InputError:  # the extra is not installed
        return paths
    paths.append(folder / "summary.parquet")
    parquet.write_table(pyarrow.table(held), paths[1])
    return paths


def _utf8(values: NDArray[Any]) -> NDArray[Any]:
    """Return the same, with question marks for what in a path is no UTF-8."""
    return (
        np.char.decode(np.char.encode(values, "utf-8", "replace"), "utf-8")
        if values.dtype.kind == "U"
        else values
    )
