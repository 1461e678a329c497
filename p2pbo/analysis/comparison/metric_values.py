"""The values of a metric by which runs are compared."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from p2pbo.analysis.failed_nodes import counted
from p2pbo.errors import InputError, did_you_mean
from p2pbo.trace import Trace
from p2pbo.trace.target import is_spent


def metric_values(trace: Trace, metric: str) -> NDArray[Any]:
    """Return a metric at each logged row, (rows,); of a metric of every node, the mean over the nodes.

    Raises:
        InputError: the trace has no such metric, or no logged row.
    """
    if not trace.rows:
        raise InputError(trace.subject, "has no logged row yet", "leave it out or wait for its first")
    names = [name for name in trace.metrics if not is_spent(name)]
    if metric not in names:
        raise InputError(trace.subject, f"has no metric '{metric}'", did_you_mean(metric, names))
    values = trace.values(metric)
    return values if values.ndim == 1 else values.mean(axis=1, where=counted(trace, values))
