"""``p2pbo report``: one HTML page for a folder of traces."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from p2pbo import analysis
from p2pbo.runner.sweep.folder import RECORD, SweepFolder


def report(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A folder of traces, also of a sweep that still goes on.")
    ],
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="METRIC=VALUE",
            help="What runs are compared by: at most VALUE, of accuracies at least.",
            show_default="the upper loss that the median of them ends with",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The page to write.", show_default="FOLDER/report.html")
    ] = None,
) -> None:
    """Write one HTML page about a folder of runs: tables, figures, settings, versions.

    The page holds all that it shows: it is read without a network, and nothing in it is a script. Runs that differ by
    seed alone are one row and one curve. What is not completed, cannot be read or is missing from a sweep is named.
    """
    wanted = None if target is None else analysis.Target.parse(target)
    print(analysis.write_report(folder, wanted, out, _asked(folder)))


def _asked(folder: Path) -> analysis.SweepPlan | None:
    """Return the points of the sweep that the folder belongs to; None where there is no sweep."""
    if not (folder / RECORD).exists():
        return None
    sweep = SweepFolder(folder).recorded()
    return analysis.SweepPlan(sweep.cases, sweep.axes, [point.name for point in sweep.points()])
