"""Drawing a graph on axes: its edges, its nodes and their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from p2pbo.analysis.plots.layout import SPRING_NODES, GraphLayout
from p2pbo.analysis.plots.style import GREY, colour_map

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import LineCollection, PathCollection
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

_LABELLED_NODES = 40
_RASTERED_EDGES = 5000


def bare(axes: Axes) -> None:
    """Prepare axes for a drawing: equal scales, no ticks."""
    axes.set_aspect("equal")
    axes.margins(0.08)
    axes.set_axis_off()


def draw_edges(axes: Axes, layout: GraphLayout, **style: Any) -> LineCollection:
    """Draw the lines of all edges, by default thin and grey, and fainter where many cross."""
    from matplotlib.collections import LineCollection

    many = max(1, len(layout.line))
    faint = float(np.clip(6 / many**0.4, 0.08, 1)) if layout.crossing else 1.0
    thin = float(np.clip(40 / many**0.6, 0.2, 1.2))
    style = {"colors": GREY, "alpha": faint, "linewidths": thin, **style}
    edges = LineCollection(list(layout.line), zorder=1, rasterized=many > _RASTERED_EDGES, **style)
    axes.add_collection(edges)
    return edges


def draw_nodes(axes: Axes, position: Any, **style: Any) -> PathCollection:
    """Draw nodes at ``position`` (k, 2), by default with a white rim."""
    K = len(position)
    rim = 0.5 if K <= SPRING_NODES else 0.0
    style = {"s": float(np.clip(1600 / K, 0.4, 50)), "edgecolors": "white", "linewidths": rim, **style}
    return axes.scatter(position[:, 0], position[:, 1], zorder=2, clip_on=False, **style)


def name_nodes(axes: Axes, graph: nx.Graph, layout: GraphLayout) -> None:
    """Write the names of the nodes, where they are few enough to be read."""
    from matplotlib.patheffects import withStroke

    if graph.number_of_nodes() > _LABELLED_NODES:
        return
    halo = withStroke(linewidth=1.5, foreground="white")
    for node, known in graph.nodes(data=True):
        axes.annotate(
            known.get("label", ""), layout.position[node], xytext=(0, 5), textcoords="offset points",
            ha="center", fontsize=6.5, zorder=3, path_effects=[halo],
        )  # fmt: skip


def colour_bar(figure: Figure, grid: Sequence[Axes], norm: Normalize, label: str, **place: Any) -> None:
    """Add one colour bar of p2pbo's colour map for all axes of a grid."""
    from matplotlib.cm import ScalarMappable

    shades = ScalarMappable(norm, colour_map())
    figure.colorbar(shades, ax=list(grid), label=label, panchor=False, **place)
