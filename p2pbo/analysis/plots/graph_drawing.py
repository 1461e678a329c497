"""Drawing a graph on axes: its edges, its nodes and their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from p2pbo.analysis.plots.layout import SPRING_NODES, GraphLayout
from p2pbo.analysis.plots.style import GREY, colour_map
from p2pbo.topology.edges import Integers, Reals

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import LineCollection, PathCollection
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

_LABELLED_NODES = 40
_RASTERED_EDGES = 5000
_HEADED_EDGES = 600
"""The most edges that are drawn with arrow heads; heads of more hide one another."""
_BEND = 0.16
"""The height of the arc of an edge that has an edge back, as a share of its length."""


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


def draw_arrows(axes: Axes, position: Reals, source: Integers, target: Integers) -> None:
    """Draw directed edges as arrows; where both directions are there, as an arc each, to the right of its way."""
    from matplotlib.patches import FancyArrowPatch

    ways = set(zip(source.tolist(), target.tolist(), strict=True))
    faint = float(np.clip(6 / max(1, len(ways)) ** 0.4, 0.25, 1))
    rim = node_area(len(position)) ** 0.5 / 2 + 1
    for i, j in sorted(ways):
        axes.add_patch(
            FancyArrowPatch(
                position[i], position[j], arrowstyle="-|>" if len(ways) <= _HEADED_EDGES else "-",
                connectionstyle=f"arc3,rad={_BEND if (j, i) in ways else 0}", mutation_scale=8,
                shrinkA=rim, shrinkB=rim, color=GREY, alpha=faint, lw=0.9, zorder=1,
            )
        )  # fmt: skip


def draw_nodes(axes: Axes, position: Any, **style: Any) -> PathCollection:
    """Draw nodes at ``position`` (k, 2), by default with a white rim."""
    K = len(position)
    rim = 0.5 if K <= SPRING_NODES else 0.0
    style = {"s": node_area(K), "edgecolors": "white", "linewidths": rim, **style}
    return axes.scatter(position[:, 0], position[:, 1], zorder=2, clip_on=False, **style)


def node_area(nodes: int) -> float:
    """Return the area of each of so many nodes in square points."""
    return float(np.clip(1600 / nodes, 0.4, 50))


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
