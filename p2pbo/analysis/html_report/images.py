"""The figures of a report: curves of all runs, and one run on its graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from p2pbo.analysis.groups import Group
from p2pbo.analysis.html_report.svg import inline_svg
from p2pbo.analysis.plots import draw_consensus, draw_traffic
from p2pbo.analysis.plots.curve_data import X_AXES
from p2pbo.analysis.plots.curves import draw
from p2pbo.errors import InputError
from p2pbo.trace import SCHEMA, Trace
from p2pbo.trace.settings import differing_names, flatten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

METRICS = ("upper_loss", "validation_accuracy", "test_accuracy", "consensus_x")
ALONG = ("iteration", "bytes", "modelled")
PARTS = ("topology", "codec", "partition", "nodes", "algorithm")
"""What panels may be for, the first that suits."""
PANELS = 9


@dataclass(frozen=True)
class Picture:
    """A figure, or why there is none.

    Attributes:
        caption: what it shows.
        svg: the element; empty where there is none.
        problem: why.
    """

    caption: str
    svg: str = ""
    problem: str = ""


def curves(groups: Sequence[Group]) -> dict[str, list[Picture]]:
    """Curves of the metrics that some run has, by what these mean, against all that some run tells."""
    traces = [trace for group in groups for trace in group.traces]
    logged = {trace: {"step", *trace.metrics} for trace in traces}
    panels = facet(groups)
    pictures: dict[str, list[Picture]] = {}
    for y in METRICS:
        for x in ALONG:
            drawn = [trace for trace in traces if {y, X_AXES[x].metric} <= logged[trace]]
            if drawn:
                told = "" if len(drawn) == len(traces) else f" ({len(drawn)} of {len(traces)} runs)"
                caption = f"{SCHEMA[y].long_name} against {X_AXES[x].label}{told}"
                picture = _picture(f"{y}-{x}", caption, partial(draw, drawn, x, y, facet=panels, force=True))
                pictures.setdefault(SCHEMA[y].long_name, []).append(picture)
    return pictures


def on_graph(trace: Trace) -> list[Picture]:
    """Return who disagrees in this run, and what its edges carried."""
    return [
        _picture(
            "consensus", "the nodes' distances to the average, on the graph", partial(draw_consensus, trace)
        ),
        _picture("traffic", "what the edges carried", partial(draw_traffic, trace)),
    ]


def facet(groups: Sequence[Group]) -> str | None:
    """What panels are for: a setting of problem or data that differs, else a part that does not tell all groups apart.

    None where one panel is best.
    """
    settings = [flatten(group.traces[0].description) for group in groups]
    apart = differing_names(settings)
    for key in apart:
        if key.partition(".")[0] in ("problem", "data"):  # whose figures cannot share a panel
            return key
    for part in PARTS:
        values = {str(run.get(part)) for run in settings}
        if 1 < len(values) < min(len(groups), PANELS + 1):
            return part
    return None


def _picture(name: str, caption: str, drawing: Callable[[], Figure]) -> Picture:
    caption = caption[0].upper() + caption[1:]
    try:
        return Picture(caption, inline_svg(drawing(), name, caption))
    except InputError as error:
        return Picture(caption, problem=str(error))
