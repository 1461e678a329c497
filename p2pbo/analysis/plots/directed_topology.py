"""The plot of a directed topology: its arrows, a panel for each of few rounds, beside the eigenvalues of R and C."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from p2pbo.analysis.plots.figures import check_format, figure_errors, printable, styled
from p2pbo.analysis.plots.graph_drawing import bare, draw_arrows, draw_nodes, name_nodes
from p2pbo.analysis.plots.layout import GraphLayout, graph_layout
from p2pbo.analysis.plots.style import COLOURS, GREY
from p2pbo.topology.directed_topology import DirectedTopology
from p2pbo.topology.graph_rounds import CYCLIC
from p2pbo.topology.spectrum.directed_report import DirectedReport, period_products
from p2pbo.topology.stored_weights import describe_weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

PANELS = 6
"""The most graphs in turn that have a panel each; of more, their union is drawn."""
_ABREAST = 3
"""The most panels in a row."""


def plot_directed_topology(topology: DirectedTopology, report: DirectedReport, path: Path) -> None:
    """Plot a directed topology and its eigenvalues into a file, whose suffix (.png, .svg, .pdf) names the format.

    Raises:
        InputError: matplotlib is not installed, does not know the format, or cannot write the file.
    """
    check_format(path)
    with styled():
        from matplotlib.figure import Figure

        panels = topology.period if topology.period <= PANELS else 1
        rows = math.ceil(panels / _ABREAST)
        columns = math.ceil(panels / rows)
        wide = 3.8 if panels == 1 else 2.2 * columns
        figure = Figure(figsize=(wide + 3.8, max(3.8, 2.3 * rows + 0.6)))
        left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=[wide, 3.8])[0]
        _draw_graphs(left, topology, rows, columns)
        _draw_eigenvalues(right.subplots(), topology, report)
        figure.suptitle(_title(report))
    with figure_errors(path):
        printable(figure).savefig(path)


def _title(report: DirectedReport) -> str:
    turn = f", {report.period} graphs in turn" if report.period > 1 else ""
    plural = "s" * (report.nodes != 1)
    name = Path(report.topology).name
    return f"{name}, {report.nodes} node{plural}{turn}, {describe_weights(report.weights)}"


def _draw_graphs(figure: Figure | SubFigure, topology: DirectedTopology, rows: int, columns: int) -> None:
    laid_out = graph_layout(topology.graph)
    grid = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    shown = topology.rounds if 1 < topology.period <= PANELS else ()
    for axes in grid:
        axes.set_axis_off()
    for number, there in enumerate(shown):
        _draw_graph(grid[number], topology, laid_out, np.flatnonzero(there))
        grid[number].set_title(f"{'round' if topology.order == CYCLIC else 'graph'} {number}")
    if not shown:
        _draw_graph(grid[0], topology, laid_out, np.arange(len(topology.source)))
        if topology.period > 1:
            grid[0].set_title(f"union of {topology.period} graphs")


def _draw_graph(axes: Axes, topology: DirectedTopology, laid_out: GraphLayout, shown: np.ndarray) -> None:
    draw_arrows(axes, laid_out.position, topology.source[shown], topology.target[shown])
    draw_nodes(axes, laid_out.position, color=COLOURS[0])
    name_nodes(axes, topology.graph, laid_out)
    bare(axes)


def _draw_eigenvalues(axes: Axes, topology: DirectedTopology, report: DirectedReport) -> None:
    """Draw the eigenvalues of R and C, of their products over a period, in the unit circle."""
    from matplotlib.patches import Circle

    period = f" over {report.period} rounds" if report.period > 1 else ""
    styles = (("R", "o", COLOURS[0], report.gap_r), ("C", "x", COLOURS[1], report.gap_c))
    for (name, marker, colour, gap), matrix in zip(styles, period_products(topology), strict=True):
        value = np.linalg.eigvals(matrix)
        fill = "none" if marker == "o" else colour  # a ring about the cross of an equal eigenvalue
        axes.plot(
            value.real, value.imag, marker, color=colour, ms=5, mfc=fill, ls="", label=f"of {name}{period}"
        )
        radius = 1 - report.over_period(gap)
        axes.add_patch(Circle((0, 0), radius, fill=False, ec=colour, lw=0.9, ls="--"))
    axes.add_patch(Circle((0, 0), 1, fill=False, ec=GREY, lw=0.7))
    axes.set_aspect("equal")
    axes.set_xlim(-1.08, 1.08)
    axes.set_ylim(-1.08, 1.08)
    axes.set_xlabel("eigenvalue, real part")
    axes.set_ylabel("imaginary part")
    axes.grid(visible=False)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
    of = " of a round" if report.period > 1 else ""
    axes.set_title(f"gap{of}: R {report.gap_r:.3g}, C {report.gap_c:.3g}", fontsize="medium")
