"""Targets: the value of a metric that runs are to reach."""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import InputError, did_you_mean
from p2pbo.trace import SCHEMA, Trace

_COUNTERS = (
    "step",
    "bytes_sent",
    "messages_sent",
    "wall_time",
    "compute_time",
    "wait_time",
    "modelled_time",
)
"""Metrics that only grow, from zero: the first row would reach any target."""


@dataclass(frozen=True)
class Target:
    """A target: ``metric`` ≤ ``value``, or ≥ where larger is better (accuracies)."""

    metric: str
    value: float

    @classmethod
    def parse(cls, text: str) -> Target:
        """Return the target of a text ``METRIC=VALUE``.

        Raises:
            InputError: the text has another form, VALUE is no finite number, or METRIC is a cost.
        """
        found = re.fullmatch(r"([^=<>≤≥]+)=(.+)", text)
        if not found:
            raise InputError(f"--target {text}", "is not METRIC=VALUE", "give one such as upper_loss=0.35")
        metric, written = found.groups()
        if metric in _COUNTERS:
            cause = f"asks for {metric}, which runs spend"
            raise InputError(f"--target {text}", cause, "give a loss, an accuracy or an error to reach")
        try:
            value = float(written)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            cause = f"has no number after {metric}="
            raise InputError(f"--target {text}", cause, f"give one such as {metric}=0.35")
        return cls(metric, value)

    def __str__(self) -> str:
        return f"{self.metric} {'≥' if self.rising else '≤'} {self.value:.12g}"

    @property
    def rising(self) -> bool:
        """Whether larger values of the metric are better; never of metrics outside the schema."""
        return self.metric in SCHEMA and SCHEMA[self.metric].rising

    def first(self, values: NDArray[Any]) -> int | None:
        """Return the index of the first of the values (rows,) that reaches the target, if any; NaN does not."""
        reached = values >= self.value if self.rising else values <= self.value
        rows = np.flatnonzero(reached)
        return int(rows[0]) if len(rows) else None

    def best(self, values: NDArray[Any]) -> float:
        """Return the best of the values (rows,); NaN only where all are NaN."""
        return float((np.fmax if self.rising else np.fmin).reduce(values))

    def rank(self, value: float) -> float:
        """Return a sort key of a value: smaller for better ones, infinite for NaN."""
        return math.inf if math.isnan(value) else -value if self.rising else value

    def as_json(self) -> dict[str, Any]:
        """Return the target as ``metric``, ``value`` and ``rising``."""
        return {**asdict(self), "rising": self.rising}


def metric_values(trace: Trace, metric: str) -> NDArray[Any]:
    """Return a metric at each logged row, (rows,); of a metric of every node, the mean over the nodes.

    Raises:
        InputError: the trace has no such metric, or no logged row.
    """
    if not trace.rows:
        raise InputError(trace.subject, "has no logged row yet", "leave it out or wait for its first")
    names = [name for name in trace.metrics if name not in _COUNTERS]
    if metric not in names:
        raise InputError(trace.subject, f"has no metric '{metric}'", did_you_mean(metric, names))
    values = trace.values(metric)
    return values.mean(axis=1) if values.ndim > 1 else values
