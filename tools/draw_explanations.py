"""Draw the pictures of docs/explanation/, from small runs; half a minute.

    python tools/draw_explanations.py [NAME…]

A picture is an SVG without a date, so that drawing it again changes nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

import p2pbo
from p2pbo.analysis.plots.style import COLOURS, GREY, STYLE, curve_style
from p2pbo.topology import build

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "explanation"
BLUE, RED, GREEN = COLOURS[:3]

Array = NDArray[np.float64]


def lower_solution(x: Array) -> Array:
    """Return y*(x) of g(x, y) = ½(y − 2)² + ½ eˣ y²."""
    return 2 / (1 + np.exp(x))


def upper(x: Array) -> Array:
    """Return Φ(x) of f(x, y) = ½(y − 1)²."""
    return (lower_solution(x) - 1) ** 2 / 2


def hypergradient(x: Array) -> Array:
    """Return ∇Φ(x) = fx − hxy fy / hyy."""
    y = lower_solution(x)
    return -np.exp(x) * y * (y - 1) / (1 + np.exp(x))


def bilevel() -> Figure:
    """Draw the toy problem: y* in the valley of g, and Φ, which is f along it."""
    figure = Figure(figsize=(7, 2.9))
    valley, along = figure.subplots(1, 2)
    x = np.linspace(-3, 3, 121)
    y = np.linspace(-0.2, 2.4, 105)
    g = (y[:, None] - 2) ** 2 / 2 + np.exp(x) * y[:, None] ** 2 / 2
    lines = valley.contour(
        x, y, g, levels=[0.1, 0.3, 0.6, 1, 1.5, 2, 3, 5, 8], colors="#b0b0b0", linewidths=0.7
    )
    valley.clabel(lines, [0.3, 1, 2], fmt="%g", fontsize=7)
    valley.plot(x, lower_solution(x), color=BLUE, label="y*(x): least g at this x")
    valley.axhline(1, color=RED, linestyle="--", label="y = 1: least f")
    valley.set(xlabel="x", ylabel="y", title="lower loss g(x, y), and its solution")
    valley.legend(loc="upper right", fontsize=7.5)
    along.plot(x, upper(x), color=BLUE, label="Φ(x) = f(x, y*(x))")
    at = np.array(-1.2)
    tangent = at + np.array([-0.8, 0.8])
    along.plot(tangent, upper(at) + hypergradient(at) * (tangent - at), color=RED, linewidth=1.2)
    along.plot(at, upper(at), "o", color=RED, label=f"slope ∇Φ = {hypergradient(at):.2f}, though fx = 0")
    along.set(xlabel="x", ylabel="Φ", title="upper loss along y*")
    along.legend(loc="upper center", fontsize=7.5)
    return figure


def run(algorithm: str, settings: dict[str, float]) -> tuple[Array, Array]:
    """Return the logged steps and ‖∇Φ(x̄)‖ of a run on eight unequal nodes."""
    given: dict[str, Any] = {"problem": "quadratic", "exact": "on", "steps": 3000, "log_every": 50}
    trace = p2pbo.run(algorithm=algorithm, settings=settings, **given)
    if trace is None:
        raise SystemExit("draw in one process, without mpiexec")
    return trace.values("step"), trace.values("hypergradient_norm")


def heterogeneity() -> Figure:
    """Draw where a method of each class ends."""
    figure = Figure(figsize=(6, 3.2))
    axes = figure.subplots()
    for number, (label, algorithm, settings) in enumerate(
        [
            ("MDBO, η = 0.1", "mdbo", {}),
            ("MDBO, η = 0.05", "mdbo", {"eta": 0.05}),
            ("D-SOBA, steps of 0.1", "d-soba", {}),
            ("D-SOBA, steps of 0.05", "d-soba", {"alpha": 0.05, "beta": 0.05, "gamma": 0.05}),
            ("SPARKLE-GT", "sparkle-gt", {}),
        ]
    ):
        axes.semilogy(*run(algorithm, settings), label=label, **curve_style(number))
    axes.set(xlabel="step", ylabel="‖∇Φ(x̄)‖", ylim=(1e-16, 20))
    axes.legend(fontsize=8)
    return figure


def hypergradients() -> Figure:
    """Draw where MDBO ends on equal nodes, for several numbers of terms, and CD-BSVRGD, which has none."""
    figure = Figure(figsize=(6, 3.2))
    axes = figure.subplots()
    equal: dict[str, Any] = {"problem": {"name": "quadratic", "heterogeneity": 0}, "exact": "on"}
    for number, terms in enumerate([5, 10, 20, 40, None]):
        algorithm, settings = ("cd-bsvrgd", {}) if terms is None else ("mdbo", {"terms": terms})
        trace = p2pbo.run(algorithm=algorithm, settings=settings, steps=1500, log_every=25, **equal)
        if trace is not None:
            label = "tracked (CD-BSVRGD)" if terms is None else f"Neumann (MDBO), J = {terms}"
            norms = trace.values("hypergradient_norm")
            axes.semilogy(trace.values("step"), norms, label=label, **curve_style(number))
    axes.set(xlabel="step", ylabel="‖∇Φ(x̄)‖", ylim=(1e-9, 20))
    axes.legend(fontsize=8)
    return figure


def nodes_and_ranks() -> Figure:
    """Draw a ring of eight nodes on one, two and four ranks."""
    figure = Figure(figsize=(7, 2.5))
    graph = nx.cycle_graph(8)
    at = nx.circular_layout(graph)
    for axes, ranks in zip(figure.subplots(1, 3), (1, 2, 4), strict=True):
        host = {node: node * ranks // 8 for node in graph}
        inside = [edge for edge in graph.edges if host[edge[0]] == host[edge[1]]]
        between = [edge for edge in graph.edges if edge not in inside]
        colours = [COLOURS[host[node]] for node in graph]
        nx.draw_networkx_nodes(graph, at, ax=axes, node_color=colours, node_size=220)
        nx.draw_networkx_labels(graph, at, ax=axes, font_color="white", font_size=8)
        nx.draw_networkx_edges(graph, at, ax=axes, edgelist=inside, edge_color=GREY)
        nx.draw_networkx_edges(graph, at, ax=axes, edgelist=between, style="--", width=1.6)
        messages = f"{len(between)} edges are messages" if between else "no messages"
        axes.set_title(f"{ranks} rank{'s' * (ranks > 1)}: {messages}")
        axes.margins(0.15)
        axes.set_axis_off()
    return figure


def naive_round(S: Array, W: Array, mask: Callable[[int, int], Array]) -> Array:
    """Return what becomes of S where each node sends rand-K of its state, scaled, and neighbours average it."""
    K = len(S)
    heard = [[S[j] * mask(i, j) * 5 if i != j else S[i] for j in range(K)] for i in range(K)]
    return np.einsum("ij,ijd->id", W, np.array(heard))


def masked_round(S: Array, W: Array, mask: Callable[[int, int], Array]) -> Array:
    """Return what becomes of S where both ends of an edge average the same entries."""
    K = len(S)
    return S + sum(
        (
            W[:, j, None] * np.array([mask(min(i, j), max(i, j)) for i in range(K)]) * (S[j] - S)
            for j in range(K)
        ),
        np.zeros_like(S),
    )


def channels() -> Figure:
    """Draw the disagreement and the drift of the average over rounds on a ring, a fifth of the entries sent."""
    figure = Figure(figsize=(7, 2.9))
    apart, drift = figure.subplots(1, 2)
    draw = np.random.default_rng(0)
    W = build("ring", 8).matrix()
    start = draw.standard_normal((8, 100))
    for number, (label, move) in enumerate(
        [("compressed states", naive_round), ("masked channel", masked_round)]
    ):
        S, rows = start, []
        for round_ in range(200):
            keys: dict[tuple[int, int], Array] = {}

            def mask(
                i: int, j: int, round_: int = round_, keys: dict[tuple[int, int], Array] = keys
            ) -> Array:
                if (i, j) not in keys:
                    chosen = np.random.default_rng([round_, i, j]).permutation(100)[:20]
                    keys[i, j] = np.isin(np.arange(100), chosen).astype(float)
                return keys[i, j]

            rows.append((np.linalg.norm(S - S.mean(0)), np.linalg.norm(S.mean(0) - start.mean(0))))
            S = move(S, W, mask)
        for axes, values in zip((apart, drift), np.array(rows).T, strict=True):
            axes.semilogy(np.maximum(values, 1e-17), label=label, **curve_style(number))
    label_axes(apart, "disagreement ‖S − s̄‖")
    label_axes(drift, "drift of the average ‖s̄ − s̄⁰‖")
    apart.legend(fontsize=8)
    return figure


def label_axes(axes: Axes, title: str) -> None:
    """Title a panel over rounds."""
    axes.set(xlabel="round", title=title)


PICTURES = {
    "bilevel": bilevel,
    "hypergradients": hypergradients,
    "heterogeneity": heterogeneity,
    "nodes-and-ranks": nodes_and_ranks,
    "channels": channels,
}


def main(names: list[str]) -> None:
    """Draw the pictures of these names, or all."""
    style: Any = STYLE | {"svg.fonttype": "path", "svg.hashsalt": "p2pbo"}
    for name in names or PICTURES:
        with matplotlib.rc_context(style):
            figure = PICTURES[name]()
            figure.savefig(FOLDER / f"{name}.svg", metadata={"Date": None})
        print(FOLDER / f"{name}.svg")


if __name__ == "__main__":
    main(sys.argv[1:])
