"""The view of a run that goes on: its last row, the curve of its loss, and how long no row has come."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from rich.text import Text

from p2pbo.cli.live_line import figures_of
from p2pbo.trace import Trace
from p2pbo.trace.reading.following import Look

CURVE = "upper_loss"
WIDTH = 60
BARS = "▁▂▃▄▅▆▇█"
QUIET = 10
"""Seconds without a row of which the view says nothing."""


class WatchView:
    """What there is to see of a run.

    Args:
        trace: that it writes.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace, self._steps = trace, trace.description.get("steps", 0)
        self._losses: list[float] = []
        self._look = Look([], "", 0)
        self._last = "no row yet"

    def add(self, look: Look) -> list[str]:
        """Take in what a look has found; return a line for each new row."""
        lines = [f"step {row.step}/{self._steps}  {figures_of(row)}" for row in look.rows]
        self._losses += [row.metrics[CURVE] for row in look.rows]
        self._look, self._last = look, lines[-1] if lines else self._last
        return lines

    def __rich__(self) -> Text:
        """Return the view for a terminal."""
        curve = sparkline(self._losses)
        silence = f"no row for {self._look.silence:.0f} s" if self._look.silence >= QUIET else ""
        return Text("\n".join(filter(None, [self._trace.subject, self._last, curve, silence])))

    @property
    def end(self) -> str:
        """How the run has ended, on one line."""
        last, ended_by = self._trace.last, self._trace.ended_by
        after = "before its first row" if last is None else f"after step {last.step:,}"
        why = f" by {ended_by}" if ended_by else ""
        silence = f", no row for {self._look.silence:.0f} s" if self._look.silence >= QUIET else ""
        return f"{self._trace.subject}: {self._look.status} {after}{why}{silence}"


def sparkline(values: Sequence[float]) -> str:
    """Return a curve of one line of bars, at most ``WIDTH``; a blank stands where a value is not finite."""
    if not values:
        return ""
    shown = np.array(values)[np.linspace(0, len(values) - 1, min(len(values), WIDTH)).round().astype(int)]
    finite = shown[np.isfinite(shown)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(BARS[round((value - low) * scale)] if math.isfinite(value) else " " for value in shown)
