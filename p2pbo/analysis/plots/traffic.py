"""The traffic of a run: its graph, with the payload of each edge, both ways together, as width and colour."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.analysis.formatting import axis_label, display_unit
from p2pbo.analysis.labels import phrase
from p2pbo.analysis.plots.figures import styled
from p2pbo.analysis.plots.graph_drawing import bare, colour_bar, draw_edges, draw_nodes, name_nodes
from p2pbo.analysis.plots.layout import graph_layout
from p2pbo.analysis.plots.run_graph import run_graph, run_title, undirected_edges
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
WIDEST_EDGE = 4.0
"""The width of an edge in points where there are few."""
LISTED = 8
"""The most codecs in a legend."""


def draw_traffic(trace: Trace, title: str | None = None) -> Figure:
    """Draw the graph of a run with edges wider and darker for more megabytes, on a scale from 0.

    Where the codecs of edges differ, a legend names them, each with the mean payload of its edges.

    Args:
        trace: the trace of a completed run.
        title: the title; by default the method, graph and codec of the run.

    Raises:
        InputError: the trace does not tell what its edges carried, they carried nothing, or matplotlib is not
            installed.
    """
    carried = _megabytes(trace)
    graph, codecs = run_graph(trace), _codecs(trace)
    laid_out = graph_layout(graph)
    with styled():
        from matplotlib.colors import Normalize
        from matplotlib.figure import Figure

        widest = float(np.clip(30 / len(carried) ** 0.6, 0.3, WIDEST_EDGE))
        norm = Normalize(0, float(carried.max()))
        stroke = partial(_stroke, norm, widest)
        figure = Figure(figsize=(5.2, 3.8))
        axes = figure.add_subplot()
        draw_edges(axes, laid_out, alpha=1.0, **stroke(carried[laid_out.edge]))
        draw_nodes(axes, laid_out.position, color=GREY)
        name_nodes(axes, graph, laid_out)
        bare(axes)
        label = axis_label("payload over the edge, both ways", SCHEMA[METRIC].units)
        colour_bar(figure, [axes], norm, label, shrink=0.85, aspect=18)
        if len(np.unique(codecs)) > 1:
            figure.legend(handles=_codec_entries(codecs, carried, stroke), loc="outside lower center")
        figure.suptitle(title or run_title(trace))
    return figure


def _megabytes(trace: Trace) -> Reals:
    """Return the megabytes of each undirected edge (E/2,), both ways together."""
    if METRIC not in trace:
        cause = f"does not say what its edges carried, its run is {trace.status}"
        raise InputError(trace.subject, cause, "use the trace of a completed run")
    payload, factor = trace.values(METRIC), display_unit(SCHEMA[METRIC].units)[0]
    if not payload.any():
        raise InputError(
            trace.subject, "has sent nothing over its edges", "use a run of several nodes and steps"
        )
    carried: Reals = np.bincount(undirected_edges(trace)[1], weights=payload * factor).astype(np.float64)
    return carried


def _codecs(trace: Trace) -> NDArray[np.str_]:
    """Return the codec of each undirected edge (E/2,); both where its two directions differ."""
    ways: dict[int, set[str]] = {}
    for edge, codec in zip(undirected_edges(trace)[1].tolist(), trace.values(CODEC).tolist(), strict=True):
        ways.setdefault(edge, set()).add(phrase("codec", codec))
    return np.array([" / ".join(sorted(ways[edge])) for edge in sorted(ways)])


def _stroke(norm: Normalize, widest: float, carried: Reals) -> dict[str, Any]:
    """Return the style of lines that carried so much; one that carried nothing stays visible."""
    share = np.asarray(norm(carried))
    return {"colors": colour_map()(share), "linewidths": widest * (0.2 + 0.8 * share)}


def _codec_entries(
    codecs: NDArray[np.str_], carried: Reals, stroke: Callable[[Reals], dict[str, Any]]
) -> list[Line2D]:
    """Return a legend entry for each codec, largest payload first, in the style of the mean of its edges."""
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
