"""Curves of an experiment: means of its traces over seeds, at logged rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.trace import Trace

Reals = NDArray[np.float64]
NEVER = float("inf")


class Runs:
    """The traces of an experiment."""

    def __init__(self, traces: Sequence[Trace]) -> None:
        self._traces = traces

    def of(self, **parts: Any) -> Curves:
        """Return the runs whose description has these parts: algorithm="mdbo", nodes=8, algorithm__rounds=2."""
        chosen = [trace for trace in self._traces if all(_part(trace, k) == v for k, v in parts.items())]
        if not chosen:
            raise LookupError(f"no run with {parts}")
        return Curves(chosen)


class Curves:
    """The curves of one run: means over its seeds."""

    def __init__(self, traces: Sequence[Trace]) -> None:
        self._traces = traces

    def curve(self, metric: str) -> Reals:
        """Return a metric (logged steps,), as mean over seeds and nodes; bytes in MB."""
        logged = [np.asarray(trace.values(metric), dtype=np.float64) for trace in self._traces]
        mean: Reals = np.mean(
            [values.mean(axis=1) if values.ndim > 1 else values for values in logged], axis=0
        )
        return mean / 1e6 if metric == "bytes_sent" else mean

    def final(self, metric: str) -> float:
        """Return a metric after the last step."""
        return float(self.curve(metric)[-1])

    def settled(self, metric: str) -> float:
        """Return the mean of a metric over the last fifth, which is less noisy than the last row."""
        curve = self.curve(metric)
        return float(curve[-max(1, len(curve) // 5) :].mean())

    def at(self, metric: str, x: str, value: float) -> float:
        """Return the metric at the last row where ``x`` is at most ``value``."""
        return float(self.curve(metric)[np.searchsorted(self.curve(x), value * (1 + 1e-9), side="right") - 1])

    def first(self, x: str, metric: str, value: float, rising: bool = False) -> float:
        """Return the ``x`` of the first row where the metric reaches ``value``; ``NEVER`` without one."""
        curve = self.curve(metric)
        reached = curve >= value if rising else curve <= value
        return float(self.curve(x)[reached.argmax()]) if reached.any() else NEVER


def _part(trace: Trace, key: str) -> Any:
    section, _, setting = key.partition("__")
    value = trace.description.get(section)
    if isinstance(value, dict):
        return value.get(setting or "name")
    return value
