"""Plots of a metric against iterations, data sent or time: a curve for each group of seeds, their range as a band."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from p2pbo.analysis.formatting import axis_label
from p2pbo.analysis.groups import check_comparable
from p2pbo.analysis.plots.curve_data import X_AXES, Curve, band_label, mean_curve
from p2pbo.analysis.plots.figures import styled, write_figure
from p2pbo.analysis.plots.panels import panels
from p2pbo.analysis.plots.style import BAND_OPACITY, GREY, STYLE, curve_style
from p2pbo.errors import InputError, did_you_mean
from p2pbo.trace import Trace
from p2pbo.trace.schema import Field

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

T = TypeVar("T")

SCALES = ("linear", "log")
FAR_APART = 15
"""The ratio of the longest to the shortest curve from which on the x axis is logarithmic."""
LEGEND_INSIDE = 4
"""The most curves of a legend inside the axes; of more curves, and of panels, it is below."""
MOST_PANEL_COLUMNS = 3
PANEL = (2.7, 2.3)
"""The width and height of one of several panels in inches, like the following."""
LETTER, LEGEND_ROW, LEGEND_ENTRY = 0.066, 0.19, 0.65
"""The width of a letter, the height of a row of a legend, the width of an entry without its letters."""
TEXT_SHARE = 0.8
"""The share of a panel's height that a line of its y label may take."""


def plot_curves(
    traces: Sequence[Trace], x: str, y: str, out: Path, title: str | None = None, **more: Any
) -> Path:
    """Write the figure that ``draw_curves`` returns for the other arguments to ``out``.

    Raises:
        InputError: ``draw_curves`` raises it; ``out`` is no PNG, SVG or PDF, or cannot be written.
    """
    return write_figure(draw_curves(traces, x, y, title, **more), out)


def draw_curves(
    traces: Sequence[Trace],
    x: str,
    y: str,
    title: str | None = None,
    facet: str | None = None,
    scale: str | None = None,
    force: bool = False,
) -> Figure:
    """Draw the metric ``y`` of runs against ``x``; runs that differ by seed alone are one curve, mean and range.

    Args:
        traces: the traces, at least one.
        x: iteration, bytes, time or modelled; of several seeds the mean at equal steps.
        y: the metric; of a metric of every node, the mean and the range over the nodes are drawn.
        title: the title above.
        facet: the part of the description whose values get a panel each, such as "topology" or "algorithm.eta".
        scale: log or linear y axis; by default log for metrics that vanish at the solution.
        force: draw runs of different problems or data into one panel as well.

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
    drawn = [[mean_curve(run, X_AXES[x], y) for run in panel.runs] for panel in divided]
    field, every, runs = traces[0].field(y), _joined(drawn), _joined(panel.runs for panel in divided)
    log = _log_floor(scale, field, every)
    styles = {label: curve_style(i) for i, label in enumerate(dict.fromkeys(one.label for one in every))}
    with styled():
        figure, grid = _grid(len(divided), X_AXES[x].label, axis_label(field.long_name, field.units))
        for axes, panel, curves in zip(grid, divided, drawn, strict=True):
            axes.set_title(panel.title)
            for curve in curves:
                _draw_curve(axes, curve, styles[curve.label], log)
        if log is not None:
            grid[0].set_yscale("log")  # the others share it
        if _far_apart(every):
            grid[0].set_xscale("log", nonpositive="mask")
        _legend(figure, grid, band_label(X_AXES[x], y, runs))
        if title:
            figure.suptitle(title)
    return figure


def _joined(parts: Iterable[Sequence[T]]) -> list[T]:
    return [one for part in parts for one in part]


def _log_floor(scale: str | None, field: Field, curves: Sequence[Curve]) -> float | None:
    """Return the beginning of a log axis, the smallest positive value; None for a linear axis."""
    values = np.concatenate([side for curve in curves for side in (curve.low, curve.y, curve.high)])
    positive = values[values > 0]
    if scale == "log" and not len(positive):
        raise InputError("--scale log", f"cannot show {field.name}, which is never positive", "leave it out")
    log = scale == "log" or (scale is None and field.vanishing and len(positive) > 0)
    return float(positive.min()) if log else None


def _far_apart(curves: Sequence[Curve]) -> bool:
    """Tell whether the shortest curve would be a stroke at the edge of a linear x axis."""
    ends = [float(curve.x[-1]) for curve in curves]
    return min(ends) > 0 and max(ends) >= FAR_APART * min(ends)


def _draw_curve(axes: Axes, curve: Curve, style: Mapping[str, Any], floor: float | None) -> None:
    """Draw a curve and its band; on a log axis zeros, as at a common start, are left out and bands end at ``floor``."""
    y, low, high = curve.y, curve.low, curve.high
    if floor is not None:
        y, high = (np.where(side > 0, side, np.nan) for side in (y, high))
        low = np.maximum(low, floor)
    if np.any(curve.low < curve.high):
        axes.fill_between(curve.x, low, high, color=style["color"], alpha=BAND_OPACITY, linewidth=0)
    axes.plot(curve.x, y, label=curve.label, **style)


def _grid(panels: int, x: str, y: str) -> tuple[Figure, list[Axes]]:
    """Return a figure of ``panels`` panels that share their axes, and these axes; labels are outside."""
    from matplotlib.figure import Figure

    columns = 2 if panels == 4 else min(panels, MOST_PANEL_COLUMNS)
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
    """Add one legend for all panels: the curves, and the label of their bands."""
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
