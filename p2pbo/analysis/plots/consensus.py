"""Consensus in a run: its graph at a few steps, nodes coloured by their distance ‖x_i − x̄‖ to the average."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from p2pbo.analysis.formatting import axis_label
from p2pbo.analysis.plots.figures import styled
from p2pbo.analysis.plots.graph_drawing import bare, colour_bar, draw_edges, draw_nodes
from p2pbo.analysis.plots.layout import GraphLayout, graph_layout
from p2pbo.analysis.plots.run_graph import run_graph, run_title
from p2pbo.analysis.plots.style import GREY, colour_map
from p2pbo.errors import InputError
from p2pbo.topology.edges import Integers, Reals
from p2pbo.trace import Trace
from p2pbo.trace.schema import SCHEMA

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

METRIC = "node_consensus_x"
SHOWN_STEPS = 4
GRAPH_SIDE = 1.8
"""The side of a graph in inches."""
WIDEST_NODE = 8.5
"""The width of a node in points where there is room."""
AGREED = "white"
"""The colour of a distance of exactly 0, which a log scale does not have."""


def draw_consensus(trace: Trace, title: str | None = None) -> Figure:
    """Draw the graph of a run at up to four logged steps, nodes darker the farther their x is from the average.

    The steps are spread evenly over the logged ones, from the first at which nodes disagree to the last. Colours
    are on a log scale, the same at all steps; nodes whose distance is exactly 0 are white.

    Args:
        trace: the trace of a run.
        title: the title; by default the method, graph and codec of the run.

    Raises:
        InputError: the trace has no logged step or lacks the distances of nodes, or matplotlib is not installed.
    """
    steps, distance = _logged(trace)
    rows = _spread(distance)
    drawn, laid_out = distance[rows], graph_layout(run_graph(trace))
    with styled():
        from matplotlib.figure import Figure

        norm = _log_norm(drawn)
        figure = Figure(figsize=(max(3.2, GRAPH_SIDE * len(rows)), 1.2 + GRAPH_SIDE * _flatness(laid_out)))
        grid: list[Axes] = figure.subplots(1, len(rows), squeeze=False)[0].tolist()
        for axes, step, distances in zip(grid, steps[rows], drawn, strict=True):
            _draw_step(axes, laid_out, distances, norm)
            axes.set_title(f"step {step:,}")
        if norm is not None:
            label = axis_label(SCHEMA[METRIC].long_name, SCHEMA[METRIC].units)
            colour_bar(figure, grid, norm, label, location="bottom", aspect=40, shrink=0.6)
        if np.any(drawn == 0):
            figure.legend(handles=[_agreed_entry()], loc="outside lower center")
        figure.suptitle(title or run_title(trace))
    return figure


def _logged(trace: Trace) -> tuple[Integers, Reals]:
    """Return the logged steps (S,) and the nodes' distances (S, K)."""
    if not trace.rows:
        raise InputError(trace.subject, "has no logged step yet", "plot it later")
    if METRIC not in trace:
        raise InputError(trace.subject, f"has no {METRIC}, being of an older p2pbo", "run it again")
    distance = trace.values(METRIC)
    return trace.values("step")[: len(distance)], distance


def _spread(distance: Reals) -> Integers:
    """Return up to four rows, spread from the first with a disagreement to the last; the last if none has one."""
    last = len(distance) - 1
    disagree = np.flatnonzero(distance.any(axis=1))
    first = int(disagree[0]) if len(disagree) else last
    return np.unique(np.linspace(first, last, SHOWN_STEPS).round().astype(np.int64))


def _log_norm(distance: Reals) -> Normalize | None:
    """Return a log scale from the smallest positive to the largest distance, at least a decade; None if all are 0."""
    from matplotlib.colors import LogNorm

    apart = distance[distance > 0]
    if not len(apart):
        return None
    low, high = np.log10(apart.min()), np.log10(apart.max())
    beyond = max(0.0, 1 - (high - low)) / 2  # else rounding errors would span all colours
    return LogNorm(10 ** (low - beyond), 10 ** (high + beyond), clip=True)


def _flatness(laid_out: GraphLayout) -> float:
    """Return the ratio of height to width of a drawing, so that a flat one has no empty space around it."""
    width, height = np.ptp(laid_out.position, axis=0)
    return float(np.clip(height / width, 0.4, 1)) if width else 1.0


def _draw_step(axes: Axes, laid_out: GraphLayout, distance: Reals, norm: Normalize | None) -> None:
    from matplotlib.colors import to_rgba

    shades = np.tile(to_rgba(AGREED), (len(distance), 1))
    if norm is not None:
        apart = distance > 0
        shades[apart] = colour_map()(norm(distance[apart]))
    points = float(np.clip(0.75 * 72 * GRAPH_SIDE * laid_out.spacing, 2, WIDEST_NODE))
    draw_edges(axes, laid_out)
    draw_nodes(axes, laid_out.position, s=points**2, color=shades, edgecolors=GREY, linewidths=0.6)
    bare(axes)


def _agreed_entry() -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], ls="", marker="o", color=AGREED, markeredgecolor=GREY, ms=7, label="exactly 0")
