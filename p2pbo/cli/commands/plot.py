"""``p2pbo plot``: curves of runs, and one run drawn on its graph."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from p2pbo import analysis
from p2pbo.analysis.plots.curves import SCALES
from p2pbo.analysis.plots.figures import check_format, write_figure
from p2pbo.cli.traces import Traces, traces_in
from p2pbo.errors import InputError, did_you_mean
from p2pbo.trace import Trace

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CURVES = "curves"
ON_GRAPH: dict[str, Callable[[Trace, str | None], Figure]] = {
    "consensus": analysis.draw_consensus,
    "traffic": analysis.draw_traffic,
}


def plot(
    traces: Traces,
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            help="curves of a metric; or of one run, on its graph: consensus, the nodes coloured by their distance "
            "to the average at up to four steps, or traffic, the edges by their bytes.",
        ),
    ] = CURVES,
    x: Annotated[
        str | None,
        typer.Option(
            "--x", help=f"What to plot against: {', '.join(analysis.X_AXES)}.", show_default="iteration"
        ),
    ] = None,
    y: Annotated[
        str | None,
        typer.Option("--y", help="The metric; p2pbo show lists those of a trace.", show_default="upper_loss"),
    ] = None,
    scale: Annotated[
        str | None,
        typer.Option(
            "--scale", help=f"Of the y axis: {' or '.join(SCALES)}.", show_default="log for what vanishes"
        ),
    ] = None,
    facet: Annotated[
        str | None,
        typer.Option(
            "--facet",
            metavar="PART",
            help="One panel for each value of this part of the description: topology, codec, nodes, "
            "algorithm.eta, …",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="A .png, .svg or .pdf file.", show_default="METRIC.png or KIND.png"),
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="A line above the plot.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Draw runs of different problems or data together too.")
    ] = False,
) -> None:
    """Plot runs: curves are labelled with what differs between them.

    Runs that differ by seed alone are one curve, their mean, in a band that
    spans all seeds, at the steps that all of them logged. Of a metric that every
    node has, the curve is the mean and the band the range over the nodes. On a
    log axis what is not positive is left out.
    """
    if kind != CURVES and kind not in ON_GRAPH:
        raise InputError(f"--kind {kind}", "is not known", did_you_mean(kind, [CURVES, *ON_GRAPH]))
    out = out or Path(f"{(y or 'upper_loss') if kind == CURVES else kind}.png")
    check_format(out)
    opened = traces_in(traces)
    if kind == CURVES:
        figure = analysis.draw_curves(opened, x or "iteration", y or "upper_loss", title, facet, scale, force)
    else:
        _check_fits(kind, opened, {"--x": x, "--y": y, "--scale": scale, "--facet": facet})
        figure = ON_GRAPH[kind](opened[0], title)
    print(write_figure(figure, out))


def _check_fits(kind: str, traces: list[Trace], of_curves: dict[str, str | None]) -> None:
    """Check that a figure of one run is asked for one run, and for nothing that only curves have."""
    for flag, value in of_curves.items():
        if value is not None:
            raise InputError(flag, f"has no meaning with --kind {kind}", "leave one of them out")
    if len(traces) > 1:
        raise InputError(f"--kind {kind}", f"draws one run and got {len(traces)}", "give one trace")
