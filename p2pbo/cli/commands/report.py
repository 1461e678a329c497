"""``p2pbo report``: one HTML page for folders of traces."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from p2pbo import analysis
from p2pbo.cli.paired_figure import PairedMetric, paired_figure
from p2pbo.errors import InputError
from p2pbo.runner.sweep.folder import RECORD, SweepFolder


def report(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER...",
            help="A folder of traces, also of a sweep that still goes on; or several folders and traces.",
        ),
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
    paired: Annotated[
        bool,
        typer.Option(
            "--paired",
            help="Add a table of every two rows seed by seed, as of p2pbo compare --paired: of the last values, or of "
            "the megabytes to a --target.",
        ),
    ] = False,
    metric: PairedMetric = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The page to write.", show_default="FOLDER/report.html of one FOLDER"),
    ] = None,
) -> None:
    """Write one HTML page about folders of runs: tables, figures, settings, versions.

    The page holds all that it shows: it is read without a network, and nothing in it is a script. Runs that differ by
    their seeds alone are one row and one curve. What is not completed or cannot be read is named, and of one
    folder what is missing from its sweep.
    """
    wanted = None if target is None else analysis.Target.parse(target)
    if metric is not None and not paired:
        raise InputError(f"--metric {metric}", "is for --paired", "add that, or leave it out")
    figure = paired_figure(wanted, None, metric) if paired else None
    plan = _asked(folders[0]) if len(folders) == 1 else None
    print(analysis.write_report(folders, wanted, out, plan, figure))


def _asked(folder: Path) -> analysis.SweepPlan | None:
    """Return the points of the sweep that the folder belongs to; None where there is no sweep."""
    if not (folder / RECORD).exists():
        return None
    sweep = SweepFolder(folder).recorded()
    return analysis.SweepPlan(sweep.cases, sweep.axes, [point.name for point in sweep.points()])
