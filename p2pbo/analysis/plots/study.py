"""Plots of a study of topologies: the spectral gap at each K, its cost, and measured against predicted mixing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from p2pbo.analysis.plots.figures import styled, write_figure
from p2pbo.analysis.plots.style import GREY, curve_style
from p2pbo.extras import analysis_module
from p2pbo.topology.study import DRAWS, RefusedTopology, StudiedTopology

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BAND = 0.2
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "h")
_SIZE = (10.2, 3.7)
_LEGEND_COLUMNS = 7


def plot_study(rows: Sequence[StudiedTopology | RefusedTopology], path: Path) -> Path:
    """Plot a study into a file, whose suffix names the format.

    Raises:
        InputError: matplotlib is not installed, does not know the format, or cannot write the file.
    """
    return write_figure(draw_study(rows), path)


def draw_study(rows: Sequence[StudiedTopology | RefusedTopology]) -> Figure:
    """Return the figure of a study, a line for each topology over its sizes, without refused rows and single nodes.

    Its three axes show the spectral gap against K, with a band over the draws of random families, the gap against the
    bytes that the busiest node sends in a round, and the rounds that halve a disagreement, measured against predicted.
    """
    studied = [row for row in rows if isinstance(row, StudiedTopology) and row.nodes > 1]
    with styled():
        figure: Figure = analysis_module("matplotlib.figure").Figure(figsize=_SIZE)
        by_size, by_cost, halving = figure.subplots(1, 3)
        for number, (name, points) in enumerate(_by_topology(studied).items()):
            style = {**curve_style(number), "marker": MARKERS[number % len(MARKERS)], "markersize": 4.5}
            gaps = [row.gap for row in points]
            by_size.plot([row.nodes for row in points], gaps, label=Path(name).name, **style)
            _draw_range(by_size, points, style["color"])
            by_cost.plot([row.bytes_per_round_node for row in points], gaps, **style)
            _draw_halving(halving, points, style)
        _label_gaps(by_size, by_cost, min((row.gap for row in studied), default=1.0))
        _label_halving(halving)
        if ranges := list(by_size.collections):
            by_size.legend(ranges[:1], [f"range over {DRAWS} draws"], loc="lower left")
        figure.legend(handles=by_size.lines, loc="outside lower center", ncols=_LEGEND_COLUMNS)
    return figure


def _by_topology(rows: Sequence[StudiedTopology]) -> dict[str, list[StudiedTopology]]:
    """Return the rows of each topology, from the smallest to the largest."""
    names = dict.fromkeys(row.topology for row in rows)
    return {
        name: sorted((row for row in rows if row.topology == name), key=lambda row: row.nodes)
        for name in names
    }


def _draw_range(axes: Axes, points: Sequence[StudiedTopology], colour: Any) -> None:
    """Draw a band, or a bar where there is one size, over the gaps of a random family's draws."""
    if all(row.lowest_gap == row.highest_gap for row in points):
        return
    sizes, low, high = zip(*((row.nodes, row.lowest_gap, row.highest_gap) for row in points), strict=True)
    if len(points) > 1:
        axes.fill_between(sizes, low, high, color=colour, alpha=BAND, lw=0)
    else:
        axes.vlines(sizes, low, high, color=colour, alpha=2 * BAND, lw=4)


def _draw_halving(axes: Axes, points: Sequence[StudiedTopology], style: dict[str, Any]) -> None:
    """Draw measured rounds against predicted: filled for the steady decay, hollow for the early one."""
    for measured, fill in (
        ([row.measured_rounds_to_halve for row in points], style["color"]),
        ([row.early_rounds_to_halve for row in points], "none"),
    ):
        seen = [(row.rounds_to_halve, y) for row, y in zip(points, measured, strict=True) if y is not None]
        axes.plot(*zip(*seen, strict=True), **{**style, "linestyle": "", "markerfacecolor": fill})


def _label_gaps(by_size: Axes, by_cost: Axes, smallest: float) -> None:
    for axes, label in (
        (by_size, "nodes K"),
        (by_cost, "bytes a round of the busiest node,\nper entry of a variable"),
    ):
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.set_ylim(0.7 * min(0.1, smallest), 1.3)
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.set_xlabel(label)
    by_size.set_ylabel("spectral gap 1 − λ")


def _label_halving(axes: Axes) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.axline((1, 1), (10, 10), color=GREY, lw=0.9, zorder=1)
    axes.set_xlabel("rounds to halve, predicted (worst case)")
    axes.set_ylabel("rounds to halve, measured")
    plain: dict[str, Any] = {"linestyle": "", "marker": "o", "markersize": 4.5, "color": GREY}
    axes.plot([], [], label="steady decay", **plain)
    axes.plot([], [], label="until a tenth is left", **plain, markerfacecolor="none")
    axes.legend(loc="upper left", handlelength=1)
