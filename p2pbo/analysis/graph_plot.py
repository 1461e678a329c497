"""One figure of a topology: the graph at the left, the eigenvalues of W and the spectral gap at the right.

The colours are Okabe and Ito's (2008): told apart by colour-blind readers and on grey prints.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from p2pbo.errors import InputError
from p2pbo.topology import SpectralReport, Topology
from p2pbo.topology.edges import Reals
from p2pbo.topology.spectral_measure import spectral_measure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BLUE, _VERMILION, _GREY = "#0072B2", "#D55E00", "#6E6E6E"
_SPRING_NODES = 300
"""Above this a spring layout takes seconds and shows no more than a circle does."""
_LABELLED_NODES = 40
_MARKED_EIGENVALUES = 64


def plot_topology(topology: Topology, report: SpectralReport, path: Path) -> None:
    """Draw a topology and its spectrum into a file; its ending (.png, .svg, .pdf) says in which format.

    Raises:
        InputError: matplotlib is not installed, does not know the format, or cannot write the file.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise InputError("a plot", "needs matplotlib", "pip install 'p2pbo[analysis]'") from None
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    formats = figure.canvas.get_supported_filetypes()
    if path.suffix.removeprefix(".").lower() not in formats:
        raise InputError(str(path), "has no ending of a picture format", "call it .png, .svg or .pdf")
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.1])
    _draw_graph(left, topology)
    _draw_spectrum(right, topology, report)
    figure.suptitle(f"{report.topology}, {report.nodes} nodes, {report.weights} weights")
    try:
        figure.savefig(path, dpi=200)
    except OSError as error:
        reason = (error.strerror or "I/O error").lower()
        raise InputError(str(path), f"cannot be written ({reason})", "check the path") from None


def positions(topology: Topology) -> Reals:
    """Where to draw each node, K×2: by its longitude and latitude, by the family's layout, or by springs."""
    graph, K = topology.graph, topology.nodes
    if all("longitude" in known and "latitude" in known for _, known in graph.nodes(data=True)):
        return np.array(
            [[graph.nodes[i]["longitude"], graph.nodes[i]["latitude"]] for i in range(K)], dtype=float
        )
    layout = graph.graph.get("layout")
    if layout == "lattice":
        row, column = np.divmod(np.arange(K), graph.graph["shape"][1])
        return np.column_stack([column, -row]).astype(np.float64)
    if layout == "star":
        return np.concatenate([[[0.0, 0.0]], _circle(K - 1, 2 * np.pi)])
    if layout == "arc":
        return _circle(K, 5 / 3 * np.pi)
    if layout is None and K <= _SPRING_NODES:
        placed = nx.spring_layout(graph, seed=0, iterations=200)
        return np.array([placed[i] for i in range(K)])
    return _circle(K, 2 * np.pi)


def _circle(nodes: int, angle: float) -> Reals:
    """Nodes on a circle, clockwise from the top; an ``angle`` below 2π leaves a gap at the bottom."""
    closed = angle >= 2 * np.pi
    turn = np.arange(nodes) / max(1, nodes if closed else nodes - 1) * angle + (
        0 if closed else np.pi - angle / 2 + np.pi
    )
    return np.column_stack([np.sin(turn), np.cos(turn)])


def _draw_graph(axes: Axes, topology: Topology) -> None:
    from matplotlib.collections import LineCollection

    place, K = positions(topology), topology.nodes
    once = topology.source < topology.target
    lines = np.stack([place[topology.source[once]], place[topology.target[once]]], axis=1)
    if topology.graph.graph.get("layout") == "lattice":
        lines = _cut_round_trips(lines)
    width = float(np.clip(60 / max(1, len(lines)) ** 0.6, 0.15, 1.3))
    edges = LineCollection(
        list(lines), colors=_GREY, linewidths=width, zorder=1, rasterized=len(lines) > 5000
    )
    axes.add_collection(edges)
    size = float(np.clip(2500 / K, 0.4, 70))
    axes.scatter(
        *place.T, s=size, color=_BLUE, edgecolors="white", linewidths=0.4 if K < 300 else 0, zorder=2
    )
    if K <= _LABELLED_NODES:
        for node, known in topology.graph.nodes(data=True):
            if "label" in known:
                axes.annotate(
                    known["label"], place[node], xytext=(0, 6), textcoords="offset points",
                    ha="center", fontsize=6.5, zorder=3,
                )  # fmt: skip
    axes.set_aspect("equal")
    axes.margins(0.08)
    axes.set_axis_off()


def _cut_round_trips(lines: Reals) -> Reals:
    """A torus's edges to the other side, as a stub at each end."""
    step = lines[:, 1] - lines[:, 0]
    around = np.abs(step).max(axis=1) > 1
    stub = 0.45 * np.sign(step[around])
    first, last = lines[around, 0], lines[around, 1]
    stubs = [np.stack([first, first - stub], axis=1), np.stack([last, last + stub], axis=1)]
    return np.concatenate([lines[~around], *stubs])


def _draw_spectrum(axes: Axes, topology: Topology, report: SpectralReport) -> None:
    measure, K = spectral_measure(topology), topology.nodes
    value, share = measure.value.ravel(), measure.share.ravel() / len(measure.value)
    order = np.argsort(-value)
    rank, value = K * np.cumsum(share[order]), value[order]
    # The band shows, and the arrow spans, what separates agreement (1) from the slowest disagreement (±λ).
    axes.axhspan(report.contraction, 1, color=_VERMILION, alpha=0.25, lw=0)
    axes.axhspan(-1, -report.contraction, color=_VERMILION, alpha=0.25, lw=0)
    for edge in (-report.contraction, report.contraction):
        axes.axhline(edge, color=_VERMILION, lw=1, ls="--")
    axes.axhline(0, color=_GREY, lw=0.5)
    style = "o" if K <= _MARKED_EIGENVALUES else "-"
    axes.plot(rank, value, style, color=_BLUE, ms=4, lw=1.6)
    axes.annotate(
        f"spectral gap 1 − λ = {report.gap:.3g}\n{report.rounds_to_halve:.3g} rounds halve a disagreement",
        (0.97, report.contraction), xycoords=("axes fraction", "data"), xytext=(0, -6), textcoords="offset points",
        ha="right", va="top", color=_VERMILION,
    )  # fmt: skip
    exact = K == value.size
    axes.set_xlabel("number, from the largest" + ("" if exact else " (estimated by Lanczos quadrature)"))
    axes.set_ylabel("eigenvalue of W")
    axes.set_ylim(-1.05, 1.05)
    axes.spines[["top", "right"]].set_visible(False)
