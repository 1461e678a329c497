"""Targets: the value of a metric that runs are to reach, and the rule by which one does.

A loss, an error or a consensus error reaches its target from above, an accuracy from below, and so does what only
grows: bytes, messages, times, operations. NaN reaches none. Of a metric of every node the mean over the nodes counts.
"""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import InputError
from p2pbo.trace.schema import SCHEMA


@dataclass(frozen=True)
class Target:
    """A target: ``metric`` ≤ ``value``, or ≥ for accuracies and for what runs spend."""

    metric: str
    value: float

    @classmethod
    def parse(cls, text: str, flag: str = "--target", costs: bool = False) -> Target:
        """Return the target of a text ``METRIC=VALUE``, which was given to ``flag``.

        Raises:
            InputError: the text has another form, VALUE is no finite number, or METRIC is a cost (without ``costs``).
        """
        found = re.fullmatch(r"([^=<>≤≥]+)=(.+)", text)
        if not found:
            raise InputError(f"{flag} {text}", "is not METRIC=VALUE", "give one such as upper_loss=0.35")
        metric, written = found.groups()
        if not costs and is_spent(metric):
            cause = f"asks for {metric}, which runs spend"
            raise InputError(f"{flag} {text}", cause, "give a loss, an accuracy or an error to reach")
        try:
            value = float(written)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            cause = f"has no number after {metric}="
            raise InputError(f"{flag} {text}", cause, f"give one such as {metric}=0.35")
        return cls(metric, value)

    @property
    def text(self) -> str:
        """The target as it is given: ``METRIC=VALUE``."""
        return f"{self.metric}={self.value:.12g}"

    def __str__(self) -> str:
        return f"{self.metric} {'≥' if self.rising else '≤'} {self.value:.12g}"

    @property
    def rising(self) -> bool:
        """Whether the target is reached from below; never of metrics outside the schema."""
        return self.metric in SCHEMA and (SCHEMA[self.metric].rising or SCHEMA[self.metric].spent)

    def reached(self, values: Any) -> Any:
        """Tell of a value, or of each of an array's, whether it reaches the target; NaN does not."""
        return values >= self.value if self.rising else values <= self.value

    def first(self, values: NDArray[Any]) -> int | None:
        """Return the index of the first of the values (rows,) that reaches the target, if any."""
        rows = np.flatnonzero(self.reached(values))
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


def is_spent(metric: str) -> bool:
    """Tell whether a metric only grows, from zero: what a run spends."""
    return metric in SCHEMA and SCHEMA[metric].spent


def mean_over_nodes(values: NDArray[Any]) -> NDArray[Any]:
    """Return the values (rows,) by which targets are judged, of a metric's (rows,) or (rows, nodes)."""
    return values.mean(axis=1) if values.ndim > 1 else values
