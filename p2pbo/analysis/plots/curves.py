"""Plots of a metric against iterations, data sent or time: a curve for each run, its seeds as a band."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from p2pbo.analysis.formatting import axis_label
from p2pbo.analysis.groups import check_comparable
from p2pbo.analysis.plots.curve_data import X_AXES, Series, band, series
from p2pbo.analysis.plots.figures import styled, write
from p2pbo.analysis.plots.panels import panels
from p2pbo.analysis.plots.style import BAND_OPACITY, GREY, STYLE, series_style
from p2pbo.errors import InputError, did_you_mean
from p2pbo.trace import Trace
from p2pbo.trace.schema import Field

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

T = TypeVar("T")

SCALES = ("linear", "log")
FAR_APART = 15
"""How many times longer than the shortest curve the longest one is where the x axis becomes logarithmic."""
LEGEND_INSIDE = 4
"""More series than this, and panels, have their legend below."""
COLUMNS = 3
PANEL = (2.7, 2.3)
"""Width and height of one of several panels, in inches; so are the following."""
LETTER, LEGEND_ROW, LEGEND_ENTRY = 0.066, 0.19, 0.65
"""The width of a letter, the height of a row of a legend, the width of an entry but for its letters."""
TEXT_SHARE = 0.8
"""Of a panel's height: how long a line of its y axis' name may be."""


def plot(traces: Sequence[Trace], x: str, y: str, out: Path, title: str | None = None, **more: Any) -> Path:
    """Write to ``out`` what ``draw`` makes of the other arguments.

    Raises:
        InputError: what ``draw`` refuses; ``out`` is no PNG, SVG or PDF, or cannot be written.
    """
    return write(draw(traces, x, y, title, **more), out)


def draw(
    traces: Sequence[Trace],
    x: str,
    y: str,
    title: str | None = None,
    facet: str | None = None,
    scale: str | None = None,
    force: bool = False,
) -> Figure:
    """Draw the metric ``y`` of runs against ``x``; what differs by seed alone is one curve, mean and range.

    Args:
        traces: at least one.
        x: iteration, bytes, time or modelled; of several seeds the mean at equal steps.
        y: the metric; of one that every node has, the mean and the range over the nodes are drawn.
        title: a line above.
        facet: one panel for each value of this part of the description, such as "topology" or "algorithm.eta".
        scale: log or linear y axis; by default log for what vanishes at the solution.
        force: draw runs of different problems or data into one panel all the same.

    Raises:
        InputError: a trace lacks the metric, x or any logged step; x, facet or scale is unknown; a panel's traces
            are of different problems or data; or matplotlib is not installed.
    """
    if x not in X_AXES:
        raise InputError(f"--x {x}", "is not known", did_you_mean(x, X_AXES))
    if scale is not None and scale not in SCALES:
        raise InputError(f"--scale {scale}", "is not known", did_you_mean(scale, SCALES))
    divided = panels(traces, facet)
    if not force:
        for panel in divided:
            check_comparable([trace for run in panel.runs for trace in run.traces])
    drawn = [[series(run, X_AXES[x], y) for run in panel.runs] for panel in divided]
    field, every, runs = traces[0].field(y), _joined(drawn), _joined(panel.runs for panel in divided)
    log = _log_floor(scale, field, every)
    styles = {label: series_style(i) for i, label in enumerate(dict.fromkeys(one.label for one in every))}
    with styled():
        figure, grid = _grid(len(divided), X_AXES[x].label, axis_label(field.long_name, field.units))
        for axes, panel, curves in zip(grid, divided, drawn, strict=True):
            axes.set_title(panel.title)
            for curve in curves:
                _curve(axes, curve, styles[curve.label], log)
        if log is not None:
            grid[0].set_yscale("log")  # the others share it
        if _far_apart(every):
            grid[0].set_xscale("log", nonpositive="mask")
        _legend(figure, grid, band(X_AXES[x], y, runs))
        if title:
            figure.suptitle(title)
    return figure


def _joined(parts: Iterable[Sequence[T]]) -> list[T]:
    return [one for part in parts for one in part]


def _log_floor(scale: str | None, field: Field, curves: Sequence[Series]) -> float | None:
    """Return where a log axis begins, at the smallest positive figure; None for a linear one."""
    figures = np.concatenate([side for curve in curves for side in (curve.low, curve.y, curve.high)])
    positive = figures[figures > 0]
    if scale == "log" and not len(positive):
        raise InputError("--scale log", f"cannot show {field.name}, which is never positive", "leave it out")
    log = scale == "log" or (scale is None and field.vanishing and len(positive) > 0)
    return float(positive.min()) if log else None


def _far_apart(curves: Sequence[Series]) -> bool:
    """Whether on a linear x axis the shortest curve would be a stroke at its edge: methods that send little do so."""
    ends = [float(curve.x[-1]) for curve in curves]
    return min(ends) > 0 and max(ends) >= FAR_APART * min(ends)


def _curve(axes: Axes, curve: Series, style: Mapping[str, Any], floor: float | None) -> None:
    """A curve and its band; on a log axis zeros, as at a common start, are left out and bands end at ``floor``."""
    y, low, high = curve.y, curve.low, curve.high
    if floor is not None:
        y, high = (np.where(side > 0, side, np.nan) for side in (y, high))
        low = np.maximum(low, floor)
    if np.any(curve.low < curve.high):
        axes.fill_between(curve.x, low, high, color=style["color"], alpha=BAND_OPACITY, linewidth=0)
    axes.plot(curve.x, y, label=curve.label, **style)


def _grid(panels: int, x: str, y: str) -> tuple[Figure, list[Axes]]:
    """Return a figure of so many panels that share their axes, row by row, with the names of both axes outside."""
    from matplotlib.figure import Figure

    columns = 2 if panels == 4 else min(panels, COLUMNS)
    rows = ceil(panels / columns)
    width, height = STYLE["figure.figsize"] if panels == 1 else PANEL
    # not pyplot's figure: no display is needed, and none is kept open
    figure = Figure(figsize=(columns * width, rows * height))
    places = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel().tolist()
    for empty in places[panels:]:
        empty.remove()
    grid = places[:panels]
    for axes in grid:
        axes.margins(x=0.02)
    for lowest in grid[-columns:]:
        lowest.set_xlabel(x)
        lowest.tick_params(labelbottom=True)
    for leftmost in grid[::columns]:
        leftmost.set_ylabel(fill(y, int(TEXT_SHARE * height / LETTER)))
    return figure, grid


def _legend(figure: Figure, grid: Sequence[Axes], band: str | None) -> None:
    """One legend for all panels: the curves, and what their bands are."""
    from matplotlib.patches import Patch

    entries = {
        label: line for axes in grid for line, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    if band:
        entries[band] = Patch(color=GREY, alpha=2 * BAND_OPACITY, linewidth=0)
    if not entries:
        return
    if len(grid) == 1 and len(grid[0].lines) <= LEGEND_INSIDE:
        grid[0].legend(entries.values(), entries.keys(), loc="best")
        return
    width, height = figure.get_size_inches()
    lengths = [max(map(len, label.splitlines())) for label in entries]
    widths = [LEGEND_ENTRY + LETTER * length for length in lengths]
    columns = len(entries) if sum(widths) < width else max(1, int(width / max(widths)))
    figure.set_size_inches(width, height + LEGEND_ROW * ceil(len(entries) / columns))
    figure.legend(entries.values(), entries.keys(), loc="outside lower center", ncols=columns)
