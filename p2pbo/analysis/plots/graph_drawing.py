"""A graph on a pair of axes: its edges, its nodes and their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from p2pbo.analysis.plots.layout import SPRING_NODES, Layout
from p2pbo.analysis.plots.style import GREY, colour_map

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import LineCollection, PathCollection
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

_LABELLED_NODES = 40
_RASTERED_EDGES = 5000


def bare(axes: Axes) -> None:
    """Axes of a drawing: as wide as it is high, without ticks."""
    axes.set_aspect("equal")
    axes.margins(0.08)
    axes.set_axis_off()


def draw_edges(axes: Axes, layout: Layout, **style: Any) -> LineCollection:
    """Draw the lines of all edges; by default thin and grey, and the fainter the more of them cross."""
    from matplotlib.collections import LineCollection

    many = max(1, len(layout.line))
    faint = float(np.clip(6 / many**0.4, 0.08, 1)) if layout.crossing else 1.0
    thin = float(np.clip(40 / many**0.6, 0.2, 1.2))
    style = {"colors": GREY, "alpha": faint, "linewidths": thin, **style}
    edges = LineCollection(list(layout.line), zorder=1, rasterized=many > _RASTERED_EDGES, **style)
    axes.add_collection(edges)
    return edges


def draw_nodes(axes: Axes, place: Any, **style: Any) -> PathCollection:
    """Draw the nodes at ``place`` (k, 2), with a white rim by default."""
    K = len(place)
    rim = 0.5 if K <= SPRING_NODES else 0.0
    style = {"s": float(np.clip(1600 / K, 0.4, 50)), "edgecolors": "white", "linewidths": rim, **style}
    return axes.scatter(place[:, 0], place[:, 1], zorder=2, clip_on=False, **style)


def name_nodes(axes: Axes, graph: nx.Graph, layout: Layout) -> None:
    """Write the nodes' names from their file, where they are few enough to be read."""
    from matplotlib.patheffects import withStroke

    if graph.number_of_nodes() > _LABELLED_NODES:
        return
    halo = withStroke(linewidth=1.5, foreground="white")
    for node, known in graph.nodes(data=True):
        axes.annotate(
            known.get("label", ""), layout.place[node], xytext=(0, 5), textcoords="offset points",
            ha="center", fontsize=6.5, zorder=3, path_effects=[halo],
        )  # fmt: skip


def colour_bar(figure: Figure, grid: Sequence[Axes], norm: Normalize, label: str, **place: Any) -> None:
    """One bar for all axes that says what p2pbo's colours mean."""
    from matplotlib.cm import ScalarMappable

    shades = ScalarMappable(norm, colour_map())
    figure.colorbar(shades, ax=list(grid), label=label, panchor=False, **place)
