"""One figure of a topology: the graph at the left, the eigenvalues of W and the spectral gap at the right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from p2pbo.analysis.style import BAND_OPACITY, COLOURS, STYLE
from p2pbo.errors import InputError
from p2pbo.extras import analysis_module
from p2pbo.topology import SpectralReport, Topology
from p2pbo.topology.edges import Reals
from p2pbo.topology.spectral_measure import spectral_measure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BLUE, _VERMILION, _GREY = COLOURS[0], COLOURS[1], "#6E6E6E"
_SPRING_NODES = 300
"""Above this a spring layout takes seconds and shows no more than a circle does."""
_LABELLED_NODES = 40
_RASTERED_EDGES = 5000
_FORMATS = (".png", ".svg", ".pdf")
_MARKED_EIGENVALUES = 64


def plot_topology(topology: Topology, report: SpectralReport, path: Path) -> None:
    """Draw a topology and its spectrum into a file; its ending (.png, .svg, .pdf) says in which format.

    Raises:
        InputError: matplotlib is not installed, does not know the format, or cannot write the file.
    """
    if path.suffix not in _FORMATS:
        raise InputError(str(path), "has no ending of a picture format", f"call it {', '.join(_FORMATS)}")
    matplotlib = analysis_module("matplotlib")
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(8.4, 3.8))  # not pyplot's: no display is needed, and none is kept open
        left, right = figure.subplots(1, 2, width_ratios=[1, 1.1])
        _draw_graph(left, topology)
        _draw_spectrum(right, topology, report)
        plural = "s" * (report.nodes != 1)
        name = Path(report.topology).name
        figure.suptitle(f"{name}, {report.nodes} node{plural}, {report.weights} weights")
        try:
            figure.savefig(path)
        except OSError as error:
            reason = (error.strerror or "I/O error").lower()
            raise InputError(str(path), f"cannot be written ({reason})", "check the path") from None


def positions(topology: Topology) -> Reals:
    """Where to draw each node, K×2: by its longitude and latitude, by the family's layout, or by springs."""
    graph, K = topology.graph, topology.nodes
    if all("longitude" in known and "latitude" in known for _, known in graph.nodes(data=True)):
        places = [(graph.nodes[i]["longitude"], graph.nodes[i]["latitude"]) for i in range(K)]
        east, north = np.array(places, dtype=np.float64).T
        return np.column_stack([east * np.cos(np.radians(north.mean())), north])  # as wide as it is there
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
    """Nodes on a circle, clockwise; an ``angle`` below 2π leaves a gap at the bottom, 2π begins at the top."""
    closed = angle == 2 * np.pi
    steps = nodes if closed else nodes - 1
    first = 0.0 if closed else -angle / 2
    turn = first + angle * np.arange(nodes) / max(1, steps)
    return np.column_stack([np.sin(turn), np.cos(turn)])


def _draw_graph(axes: Axes, topology: Topology) -> None:
    from matplotlib.collections import LineCollection
    from matplotlib.patheffects import withStroke

    place, K = positions(topology), topology.nodes
    once = topology.source < topology.target
    lines = np.stack([place[topology.source[once]], place[topology.target[once]]], axis=1)
    lattice = topology.graph.graph.get("layout") == "lattice"
    if lattice:
        lines = _cut_round_trips(lines)
    many = max(1, len(lines))
    edges = LineCollection(list(lines), colors=_GREY, zorder=1, rasterized=many > _RASTERED_EDGES)
    edges.set_linewidth(float(np.clip(40 / many**0.6, 0.2, 1.2)))
    edges.set_alpha(1.0 if lattice else float(np.clip(6 / many**0.4, 0.08, 1)))  # where many edges cross
    axes.add_collection(edges)
    size, rim = float(np.clip(1600 / K, 0.4, 50)), 0.5 if K <= _SPRING_NODES else 0.0
    axes.scatter(place[:, 0], place[:, 1], s=size, color=_BLUE, edgecolors="white", linewidths=rim, zorder=2)
    if K <= _LABELLED_NODES:
        halo = withStroke(linewidth=1.5, foreground="white")
        for node, known in topology.graph.nodes(data=True):
            axes.annotate(
                known.get("label", ""), place[node], xytext=(0, 5), textcoords="offset points",
                ha="center", fontsize=6.5, zorder=3, path_effects=[halo],
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
    from matplotlib.ticker import MaxNLocator

    measure, K = spectral_measure(topology), topology.nodes
    value, share = measure.value.ravel(), measure.share.ravel() / len(measure.value)
    order = np.argsort(-value)
    number, exact = K * np.cumsum(share[order]), value.size == K
    _mark_gap(axes, report)
    axes.plot(number, value[order], "o" if K <= _MARKED_EIGENVALUES else "-", color=_BLUE, ms=3.5)
    axes.set_xlim(0.5 - K / 50, K * 1.02 + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set_xlabel("number, from the largest" + ("" if exact else " (by Lanczos quadrature)"))
    axes.set_ylabel("eigenvalue of W")
    axes.set_ylim(-1.05, 1.05)
    axes.grid(visible=False)


def _mark_gap(axes: Axes, report: SpectralReport) -> None:
    """Shade what no eigenvalue but 1 enters, |eigenvalue| > λ: the gap."""
    for low, high in ((report.contraction, 1.0), (-1.0, -report.contraction)):
        axes.axhspan(low, high, color=_VERMILION, alpha=BAND_OPACITY, lw=0)
    for edge in (report.contraction, -report.contraction):
        axes.axhline(edge, color=_VERMILION, lw=0.9, ls="--")
    axes.axhline(0, color=_GREY, lw=0.5)
    rounds = f"{report.rounds_to_halve:.3g}"
    axes.annotate(
        f"spectral gap 1 − λ = {report.gap:.3g}\n"
        f"a disagreement halves in {rounds} round{'s' * (rounds != '1')}",
        (0.98, report.contraction), xycoords=("axes fraction", "data"), xytext=(0, -5),
        textcoords="offset points", ha="right", va="top", color="#A84300",
    )  # fmt: skip
