"""The summary of a sweep: a table with a row for each group of seeds, and a file with a row for each point."""

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
from p2pbo.analysis.failed_nodes import counted
from p2pbo.analysis.formatting import display_unit
from p2pbo.analysis.groups import data_seeds, group_by_seed
from p2pbo.errors import InputError
from p2pbo.extras import analysis_module
from p2pbo.trace import COMPLETED, DIVERGED, Trace
from p2pbo.trace.schema import SCHEMA
from p2pbo.trace.settings import differing_names, flatten, setting_array

SUMMARY_NOTE = "figures at the end: mean ± standard error over seeds"


@dataclass(frozen=True)
class SummaryColumn:
    """A column of the table: its heading, the metrics that it may show (the first that exists), with errors or not."""

    heading: str
    metrics: tuple[str, ...]
    error: bool = False

    def cell(self, runs: Sequence[PointResult]) -> str:
        """Return the text of the mean over the runs of a group; empty where there is none."""
        if not runs:
            return ""
        name = next((name for name in self.metrics if all(name in run.finals for run in runs)), None)
        if name is None:
            return ""
        factor = display_unit(SCHEMA[name].units)[0]
        drawn = data_seeds(run.trace for run in runs if run.trace)
        estimate = Estimate.over([factor * run.finals[name] for run in runs], drawn)
        return " ± ".join((estimate if self.error else Estimate(estimate.mean, None)).texts())


SUMMARY_COLUMNS = (
    SummaryColumn("upper loss", ("upper_loss",), error=True),
    SummaryColumn("accuracy", ("test_accuracy", "validation_accuracy"), error=True),
    SummaryColumn("consensus x", ("consensus_x",)),
    SummaryColumn("MB per node", ("bytes_sent",)),
    SummaryColumn("wall (s)", ("wall_time",)),
)


@dataclass(frozen=True)
class PointResult:
    """The result of one point of a sweep.

    Attributes:
        point: the name of the point.
        description: the description of its run.
        status: ``completed``, or the reason why it is not.
        trace: the trace, if anything was logged.
    """

    point: str
    description: Mapping[str, Any]
    status: str
    trace: Trace | None

    @property
    def outcome(self) -> str:
        """The status; ``diverged`` of all runs that diverged, whatever the step."""
        return "diverged" if self.status.startswith(DIVERGED) else self.status

    @cached_property
    def finals(self) -> dict[str, float]:
        """The last logged step and its metrics, those of every node as means over the nodes."""
        trace, row = self.trace, self.trace.last if self.trace else None
        if trace is None or row is None:
            return {}
        means = {
            name: float(values.mean(where=counted(trace, values)))
            for name, values in row.node_metrics.items()
        }
        return {"step": row.step, **row.metrics, **means}


def summary_table(results: Sequence[PointResult]) -> Table:
    """Return the table for the terminal: means over the completed seeds of each group, and the diverged ones."""
    ended = {
        result.trace: result
        for result in results
        if result.trace and result.outcome in (COMPLETED, "diverged")
    }
    rows = []
    for group in group_by_seed(list(ended)):
        members = [ended[trace] for trace in group.traces]
        runs = [result for result in members if result.status == COMPLETED]
        lost = len(members) - len(runs)
        rows.append((group.label, f"{len(runs)}" + f", {lost} diverged" * bool(lost), runs))
    columns = [part for part in SUMMARY_COLUMNS if any(part.cell(runs) for *_, runs in rows)]
    drawn = Table("run", caption=SUMMARY_NOTE, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    drawn.caption_justify = "left"
    for heading in ("seeds", *(part.heading for part in columns)):
        drawn.add_column(heading, justify="right")
    for label, seeds, runs in rows:
        drawn.add_row(Text(label), seeds, *(part.cell(runs) for part in columns))
    return drawn


def shortfall(results: Sequence[PointResult]) -> list[str]:
    """Return a line for each reason why points are not completed."""
    reasons = Counter(result.outcome for result in results if result.status != COMPLETED)
    return [f"{count} of {len(results)} points: {reason}" for reason, count in reasons.items()]


def summary_columns(results: Sequence[PointResult]) -> dict[str, NDArray[Any]]:
    """Return the columns of the summary file by name: points, statuses, settings that differ, final values.

    Values are in the units of the traces (bytes, seconds), and NaN where they are missing.
    """
    settings = [flatten(result.description) for result in results]
    metrics = dict.fromkeys(name for result in results for name in result.finals)
    return {
        "point": setting_array([result.point for result in results]),
        "status": setting_array([result.status for result in results]),
        **{name: setting_array([held.get(name) for held in settings]) for name in differing_names(settings)},
        **{name: setting_array([result.finals.get(name) for result in results]) for name in metrics},
    }


def write_summary(results: Sequence[PointResult], folder: Path) -> list[Path]:
    """Write ``summary.csv`` and, if pyarrow is installed, ``summary.parquet`` into a folder, and return the paths."""
    held = {name: _utf8(values) for name, values in summary_columns(results).items()}
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
    """Return the values with question marks for bytes of a path that are no UTF-8."""
    return (
        np.char.decode(np.char.encode(values, "utf-8", "replace"), "utf-8")
        if values.dtype.kind == "U"
        else values
    )
