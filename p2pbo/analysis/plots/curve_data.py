"""The data of a curve: the mean over runs that differ by seed alone, and their range as a band.

Over seeds s, or, for metrics of every node, over nodes k (after the mean over several seeds):

y = (1/S) Σ_s y_s,  band [min_s y_s, max_s y_s]          or          y_k = (1/S) Σ_s y_sk,  band [min_k y_k, max_k y_k]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.analysis.failed_nodes import counted
from p2pbo.analysis.formatting import display_unit
from p2pbo.analysis.groups import Group
from p2pbo.errors import InputError, did_you_mean
from p2pbo.topology.edges import Reals
from p2pbo.trace import Trace
from p2pbo.trace.schema import STEP_NODE


@dataclass(frozen=True)
class XAxis:
    """An x axis: a metric, reduced to one value (step,) in the unit of the label."""

    metric: str
    label: str
    reduce: Callable[[NDArray[Any]], NDArray[Any]] = lambda values: values


X_AXES = {
    "iteration": XAxis("step", "iteration"),
    "bytes": XAxis("bytes_sent", "data sent per node (MB)", lambda sent: sent.mean(axis=1) / 1e6),
    "time": XAxis("wall_time", "wall-clock time (s)"),
    "modelled": XAxis("modelled_time", "modelled time (s)"),
}
"""What curves may be drawn against, by the name that ``--x`` takes."""

_REMEDIES = {
    "modelled_time": "give the topology a bandwidth: run with --set topology.bandwidth=1e6 (bytes per second), or with "
    "--compute-time",
}
"""The remedies for metrics that a run logs only under a condition."""


@dataclass(frozen=True)
class Curve:
    """A curve and its band, arrays (S,); low = y = high where there is nothing to range over.

    Attributes:
        label: the label in the legend.
        x: the positions; of several seeds the mean at equal steps.
        y: the mean.
        low, high: the range.
    """

    label: str
    x: Reals
    y: Reals
    low: Reals
    high: Reals


def mean_curve(group: Group, x: XAxis, metric: str) -> Curve:
    """Return the curve of ``metric`` against ``x``, at the steps that all seeds logged.

    Raises:
        InputError: a trace lacks one of the two metrics or any logged step, or the seeds share no step.
    """
    read = [_logged(trace, ("step", x.metric, metric)) for trace in group.traces]
    common = reduce(np.intersect1d, [steps for steps, *_ in read])
    if not len(common):
        cause = f"logged no step that {group.traces[0].subject}, the same run with another seed, logged too"
        raise InputError(group.traces[-1].subject, cause, "repeat one with the --log-every of the other")
    shared = [(along[at], y[at]) for steps, along, y in read for at in [np.isin(steps, common)]]
    position = np.mean([x.reduce(along) for along, _ in shared], axis=0)
    y = np.stack([y for _, y in shared]) * display_unit(group.traces[0].field(metric).units)[0]
    if y.ndim == 2:  # (seeds, S)
        return Curve(group.label, position, y.mean(axis=0), y.min(axis=0), y.max(axis=0))
    of_nodes = y.mean(axis=0)  # (S, K)
    known = np.all([counted(trace, own) for trace, own in zip(group.traces, y, strict=True)], axis=0)
    low, high = of_nodes.min(1, initial=np.inf, where=known), of_nodes.max(1, initial=-np.inf, where=known)
    return Curve(group.label, position, of_nodes.mean(axis=1, where=known), low, high)


def band_label(x: XAxis, metric: str, runs: Sequence[Group]) -> str | None:
    """Return the label of the bands of these runs; None where no run has one."""
    counts = [len(run.traces) for run in runs]
    seeds = f"{min(counts)}–{max(counts)} seeds" if min(counts) < max(counts) else f"{max(counts)} seeds"
    positions = "; x: mean" if x.metric != "step" else ""
    if runs[0].traces[0].field(metric).dims == STEP_NODE:
        means = f",\neach the mean of {seeds}{positions}" if max(counts) > 1 else ""
        return f"mean and range over the nodes{means}"
    return f"mean and range over {seeds}{positions}" if max(counts) > 1 else None


def _logged(trace: Trace, metrics: Sequence[str]) -> list[NDArray[Any]]:
    """Return metrics of a trace, which may grow meanwhile, at the same steps: (S,) or (S, K)."""
    known = ["step", *trace.metrics]
    if not trace.rows:
        raise InputError(trace.subject, "has no logged step yet", "plot it later")
    for name in metrics:
        if name in _REMEDIES and name not in known:
            raise InputError(trace.subject, f"has no {name}", _REMEDIES[name])
        if name not in known:
            raise InputError(trace.subject, f"has no metric '{name}'", did_you_mean(name, known[1:]))
    values = [trace.values(name) for name in metrics]
    rows = min(map(len, values))
    return [array[:rows] for array in values]
