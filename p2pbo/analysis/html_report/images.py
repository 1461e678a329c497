"""The images of a report: curves of all runs, and one run on its graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from p2pbo.analysis.groups import Group
from p2pbo.analysis.html_report.svg import inline_svg
from p2pbo.analysis.plots.consensus import draw_consensus
from p2pbo.analysis.plots.curve_data import X_AXES
from p2pbo.analysis.plots.curves import draw_curves
from p2pbo.analysis.plots.traffic import draw_traffic
from p2pbo.errors import InputError
from p2pbo.trace import SCHEMA, Trace
from p2pbo.trace.settings import differing_names, flatten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

METRICS = ("upper_loss", "validation_accuracy", "test_accuracy", "consensus_x")
X_NAMES = ("iteration", "bytes", "modelled")
FACET_PARTS = ("topology", "codec", "partition", "nodes", "algorithm")
"""The parts that panels may be divided by, the first that suits."""
MOST_PANELS = 9


@dataclass(frozen=True)
class ReportImage:
    """An image, or the reason why there is none.

    Attributes:
        caption: its caption.
        svg: its SVG element; empty where there is none.
        problem: the reason why.
    """

    caption: str
    svg: str = ""
    problem: str = ""


def curve_images(groups: Sequence[Group]) -> dict[str, list[ReportImage]]:
    """Return the curves of all logged metrics against all known x axes, by the meaning of the metric."""
    traces = [trace for group in groups for trace in group.traces]
    logged = {trace: {"step", *trace.metrics} for trace in traces}
    panels = choose_facet(groups)
    images: dict[str, list[ReportImage]] = {}
    for y in METRICS:
        for x in X_NAMES:
            drawn = [trace for trace in traces if {y, X_AXES[x].metric} <= logged[trace]]
            if drawn:
                count = "" if len(drawn) == len(traces) else f" ({len(drawn)} of {len(traces)} runs)"
                caption = f"{SCHEMA[y].long_name} against {X_AXES[x].label}{count}"
                image = _image(
                    f"{y}-{x}", caption, partial(draw_curves, drawn, x, y, facet=panels, force=True)
                )
                images.setdefault(SCHEMA[y].long_name, []).append(image)
    return images


def graph_images(trace: Trace) -> list[ReportImage]:
    """Return the images of a run on its graph: the distances of its nodes, and the traffic of its edges."""
    return [
        _image(
            "consensus", "the nodes' distances to the average, on the graph", partial(draw_consensus, trace)
        ),
        _image("traffic", "what the edges carried", partial(draw_traffic, trace)),
    ]


def choose_facet(groups: Sequence[Group]) -> str | None:
    """Return the part to divide panels by: one of problem or data that differs, else one that groups share.

    None where one panel is best.
    """
    settings = [flatten(group.traces[0].description) for group in groups]
    apart = differing_names(settings)
    for key in apart:
        if key.partition(".")[0] in ("problem", "data"):  # whose figures cannot share a panel
            return key
    for part in FACET_PARTS:
        values = {str(run.get(part)) for run in settings}
        if 1 < len(values) < min(len(groups), MOST_PANELS + 1):
            return part
    return None


def _image(name: str, caption: str, draw: Callable[[], Figure]) -> ReportImage:
    caption = caption[0].upper() + caption[1:]
    try:
        return ReportImage(caption, inline_svg(draw(), name, caption))
    except InputError as error:
        return ReportImage(caption, problem=str(error))
