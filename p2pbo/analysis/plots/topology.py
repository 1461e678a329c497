"""The plot of a topology: its graph beside its spectrum."""

from __future__ import annotations

from pathlib import Path

from p2pbo.analysis.plots.figures import check_format, figure_errors, printable, styled
from p2pbo.analysis.plots.graph_drawing import bare, draw_edges, draw_nodes, name_nodes
from p2pbo.analysis.plots.layout import graph_layout
from p2pbo.analysis.plots.spectrum import draw_spectrum
from p2pbo.analysis.plots.style import COLOURS
from p2pbo.topology import SpectralReport, Topology
from p2pbo.topology.stored_weights import describe_weights


def plot_topology(topology: Topology, report: SpectralReport, path: Path) -> None:
    """Plot a topology and its spectrum into a file, whose suffix (.png, .svg, .pdf) names the format.

    Raises:
        InputError: matplotlib is not installed, does not know the format, or cannot write the file.
    """
    check_format(path)
    with styled():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8.4, 3.8))  # not pyplot's: no display is needed, and none is kept open
        left, right = figure.subplots(1, 2, width_ratios=[1, 1.1])
        laid_out = graph_layout(topology.graph)
        draw_edges(left, laid_out)
        draw_nodes(left, laid_out.position, color=COLOURS[0])
        name_nodes(left, topology.graph, laid_out)
        bare(left)
        draw_spectrum(right, topology, report)
        plural = "s" * (report.nodes != 1)
        name = Path(report.topology).name
        figure.suptitle(f"{name}, {report.nodes} node{plural}, {describe_weights(report.weights)}")
    with figure_errors(path):
        printable(figure).savefig(path)
