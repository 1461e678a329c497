"""``--until``: a run ends with the first logged row that reaches one of its targets."""

from __future__ import annotations

from p2pbo.config.until import parse_until
from p2pbo.errors import InputError, did_you_mean
from p2pbo.trace import Trace, TraceRow
from p2pbo.trace.target import mean_over_nodes

UNTIL = "until"
"""The first word of what ended a run, where a target did."""


class Until:
    """The targets of one run, of which the first that a logged row reaches ends it; none of a run without any."""

    def __init__(self, text: str | None) -> None:
        self._targets = parse_until(text)

    def __bool__(self) -> bool:
        return bool(self._targets)

    def check(self, row: TraceRow) -> None:
        """Check that rows such as this one have all that the targets are about.

        Raises:
            InputError: one is about something else.
        """
        names = [*row.metrics, *row.node_metrics]
        for target in self._targets:
            if target.metric not in names:
                cause = "asks for a metric that the rows of this run do not have"
                raise InputError(f"--until {target.text}", cause, did_you_mean(target.metric, names))

    def reached(self, row: TraceRow) -> str:
        """Return the target that the row reaches, as ``until METRIC=VALUE``; "" where it reaches none."""
        figures = {**row.metrics, **{name: values.mean() for name, values in row.node_metrics.items()}}
        reached = [target for target in self._targets if target.reached(figures[target.metric])]
        return f"{UNTIL} {reached[0].text}" if reached else ""

    def reached_in(self, trace: Trace) -> bool:
        """Tell whether a row of the trace has reached a target."""
        logged = [target for target in self._targets if target.metric in trace]
        return any(
            target.first(mean_over_nodes(trace.values(target.metric))) is not None for target in logged
        )
