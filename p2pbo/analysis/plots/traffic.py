"""What the edges carried: the graph of a run, each edge as wide and as dark as its payload, both ways together."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.analysis.formatting import axis_label, shown
from p2pbo.analysis.labels import phrase
from p2pbo.analysis.plots.figures import styled
from p2pbo.analysis.plots.graph_drawing import bare, colour_bar, draw_edges, draw_nodes, name_nodes
from p2pbo.analysis.plots.layout import layout
from p2pbo.analysis.plots.run_graph import graph_of, named, pairs
from p2pbo.analysis.plots.style import GREY, colour_map
from p2pbo.errors import InputError
from p2pbo.topology.edges import Reals
from p2pbo.trace import Trace
from p2pbo.trace.schema import SCHEMA

if TYPE_CHECKING:
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

METRIC, CODEC = "edge_bytes", "edge_codec"
WIDEST = 4.0
"""An edge, in points, where there are few."""
LISTED = 8
"""Codecs that a legend lists."""


def draw_traffic(trace: Trace, title: str | None = None) -> Figure:
    """Draw the graph; the wider and darker an edge, the more megabytes it carried, on a scale from 0.

    Where the edges' codecs differ, a legend names them, each with the mean payload of an edge that has it.

    Args:
        trace: of one completed run.
        title: instead of the run's method, graph and codec.

    Raises:
        InputError: the trace does not say what its edges carried, or the graph has none, or matplotlib is not
            installed.
    """
    carried = _megabytes(trace)
    graph, codecs = graph_of(trace), _codecs(trace)
    laid_out = layout(graph)
    with styled():
        from matplotlib.colors import Normalize
        from matplotlib.figure import Figure

        widest = float(np.clip(30 / len(carried) ** 0.6, 0.3, WIDEST))
        norm = Normalize(0, float(carried.max()))
        stroke = partial(_stroke, norm, widest)
        figure = Figure(figsize=(5.2, 3.8))
        axes = figure.add_subplot()
        draw_edges(axes, laid_out, alpha=1.0, **stroke(carried[laid_out.edge]))
        draw_nodes(axes, laid_out.place, color=GREY)
        name_nodes(axes, graph, laid_out)
        bare(axes)
        label = axis_label("payload over the edge, both ways", SCHEMA[METRIC].units)
        colour_bar(figure, [axes], norm, label, shrink=0.85, aspect=18)
        if len(np.unique(codecs)) > 1:
            figure.legend(handles=_codec_entries(codecs, carried, stroke), loc="outside lower center")
        figure.suptitle(title or named(trace))
    return figure


def _megabytes(trace: Trace) -> Reals:
    """Return what each undirected edge carried, both ways together (E/2,)."""
    if METRIC not in trace:
        cause = f"does not say what its edges carried, its run is {trace.status}"
        raise InputError(trace.subject, cause, "use the trace of a completed run")
    payload, factor = trace.values(METRIC), shown(SCHEMA[METRIC].units)[0]
    if not payload.any():
        raise InputError(
            trace.subject, "has sent nothing over its edges", "use a run of several nodes and steps"
        )
    carried: Reals = np.bincount(pairs(trace)[1], weights=payload * factor).astype(np.float64)
    return carried


def _codecs(trace: Trace) -> NDArray[np.str_]:
    """Return the codec of each undirected edge (E/2,); both, where its two ways have different ones."""
    ways: dict[int, set[str]] = {}
    for edge, codec in zip(pairs(trace)[1].tolist(), trace.values(CODEC).tolist(), strict=True):
        ways.setdefault(edge, set()).add(phrase("codec", codec))
    return np.array([" / ".join(sorted(ways[edge])) for edge in sorted(ways)])


def _stroke(norm: Normalize, widest: float, carried: Reals) -> dict[str, Any]:
    """Return how lines that carried so much are drawn; one that carried nothing can still be seen."""
    share = np.asarray(norm(carried))
    return {"colors": colour_map()(share), "linewidths": widest * (0.2 + 0.8 * share)}


def _codec_entries(
    codecs: NDArray[np.str_], carried: Reals, stroke: Callable[[Reals], dict[str, Any]]
) -> list[Line2D]:
    """Return a line for each codec, the heaviest first, as the mean of its edges is drawn."""
    from matplotlib.lines import Line2D

    names = np.unique(codecs)
    mean = np.array([carried[codecs == name].mean() for name in names])
    heaviest = np.argsort(-mean, kind="stable")
    drawn = stroke(mean)
    entries = [
        Line2D(
            [],
            [],
            color=drawn["colors"][i],
            lw=drawn["linewidths"][i],
            label=f"{names[i]} ({mean[i]:.3g} MB an edge)",
        )
        for i in heaviest[:LISTED]
    ]
    if len(names) > LISTED:
        entries.append(Line2D([], [], ls="", label=f"and {len(names) - LISTED} codecs more"))
    return entries
