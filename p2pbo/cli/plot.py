"""``p2pbo plot``: a metric of several traces against iterations, data sent or time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from p2pbo import analysis
from p2pbo.trace import open_trace


def plot(
    traces: Annotated[list[Path], typer.Argument(metavar="TRACE...", help="Traces: one curve each.")],
    x: Annotated[
        str, typer.Option("--x", help=f"What to plot against: {', '.join(analysis.X_AXES)}.")
    ] = "iteration",
    y: Annotated[
        str, typer.Option("--y", help="The metric; p2pbo show lists those of a trace.")
    ] = "upper_loss",
    out: Annotated[
        Path | None, typer.Option("--out", help="A .png, .svg or .pdf file.", show_default="METRIC.png")
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="A line above the plot.")] = None,
) -> None:
    """Plot a metric of traces; the curves are labelled with what differs between the runs."""
    opened = [open_trace(path) for path in traces]
    typer.echo(analysis.plot(opened, x, y, out or Path(f"{y}.png"), title))
