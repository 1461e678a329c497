"""Plots of a metric against iterations, data sent or time, one curve a trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.analysis.labels import labels
from p2pbo.analysis.style import BAND_OPACITY, STYLE, series_style
from p2pbo.analysis.units import axis_label, shown
from p2pbo.errors import InputError, did_you_mean
from p2pbo.extras import analysis_module
from p2pbo.trace import Trace
from p2pbo.trace.schema import Field

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = (".png", ".svg", ".pdf")
LEGEND_INSIDE = 4  # more series than this put the legend beside the curves


@dataclass(frozen=True)
class XAxis:
    """What a curve can be drawn against: a metric, reduced to one figure (step,) in the unit of the label."""

    metric: str
    label: str
    reduce: Callable[[NDArray[Any]], NDArray[Any]]


X_AXES = {
    "iteration": XAxis("step", "iteration", lambda steps: steps),
    "bytes": XAxis("bytes_sent", "data sent per node (MB)", lambda sent: sent.mean(axis=1) / 1e6),
    "time": XAxis("wall_time", "wall-clock time (s)", lambda seconds: seconds),
}


def plot(traces: Sequence[Trace], x: str, y: str, out: Path, title: str | None = None) -> Path:
    """Draw the metric ``y`` of each trace against ``x`` (iteration, bytes or time) and write it to ``out``.

    Raises:
        InputError: a trace lacks the metric or any logged step, x is unknown, ``out`` is no PNG, SVG or PDF
            or cannot be written, or matplotlib is not installed.
    """
    if out.suffix.lower() not in FORMATS:
        raise InputError(f"{out}", "has no format that p2pbo plots", f"end it in {' or '.join(FORMATS)}")
    figure = draw(traces, x, y, title)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with analysis_module("matplotlib").rc_context(STYLE):
            figure.savefig(out)
    except OSError as error:
        raise InputError(f"{out}", f"cannot be written ({error.strerror})", "choose another --out") from None
    return out


def draw(traces: Sequence[Trace], x: str, y: str, title: str | None = None) -> Figure:
    """Return the figure that ``plot`` writes; of a metric with one value a node, the mean and the range."""
    if x not in X_AXES:
        raise InputError(f"--x {x}", "is not known", did_you_mean(x, X_AXES))
    axis = X_AXES[x]
    curves = [(_metric(trace, axis.metric), _metric(trace, y)) for trace in traces]
    field = traces[0].field(y)
    with analysis_module("matplotlib").rc_context(STYLE):
        figure: Figure = analysis_module("matplotlib.figure").Figure()
        axes = figure.add_subplot()
        for number, (label, (along, values)) in enumerate(zip(labels(traces), curves, strict=True)):
            _curve(axes, axis.reduce(along), values * shown(field.units)[0], label, series_style(number))
        _dress(axes, axis, field, [values for _, values in curves])
        axes.set_title(title or "")
        if len(traces) > LEGEND_INSIDE:
            figure.legend(loc="outside right upper")
        else:
            axes.legend(loc="best")
    return figure


def _metric(trace: Trace, name: str) -> NDArray[Any]:
    names = trace.metrics
    if name not in names and name != "step":
        raise InputError(trace.subject, f"has no metric '{name}'", did_you_mean(name, names))
    values = trace.values(name)
    if not len(values):
        raise InputError(trace.subject, "has no logged step yet", "plot it later")
    return values


def _curve(axes: Axes, x: NDArray[Any], y: NDArray[Any], label: str, style: dict[str, Any]) -> None:
    if y.ndim == 1:
        axes.plot(x, y, label=label, **style)
        return
    axes.fill_between(x, y.min(axis=1), y.max(axis=1), color=style["color"], alpha=BAND_OPACITY, linewidth=0)
    axes.plot(x, y.mean(axis=1), label=label, **style)


def _dress(axes: Axes, x: XAxis, y: Field, values: Sequence[NDArray[Any]]) -> None:
    axes.set_xlabel(x.label)
    axes.set_ylabel(axis_label(y.long_name, y.units))
    if y.vanishing and any(np.any(v > 0) for v in values):
        axes.set_yscale("log", nonpositive="mask")  # an exact zero, as at a common start, is left out
    axes.margins(x=0.02)
