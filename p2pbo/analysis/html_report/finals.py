"""The final values of groups of runs, over their seeds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context
from statistics import median_high

from p2pbo.analysis.comparison.compare import COSTS
from p2pbo.analysis.estimate import Estimate
from p2pbo.analysis.formatting import display_unit
from p2pbo.analysis.groups import Group, data_seeds
from p2pbo.analysis.html_report.folder import SENT
from p2pbo.trace import SCHEMA, Trace, TraceRow
from p2pbo.trace.target import Target

LOSS = "upper_loss"
LEFT_OUT = ("compute_time", "wait_time")
DIGITS = 4
"""The digits of the default target."""

_HEADINGS = {cost.metric: cost.heading for cost in COSTS.values()}


@dataclass(frozen=True)
class GroupFinals:
    """The final values of a group of runs that differ by seed alone.

    Attributes:
        label: the label of the group.
        seeds, completed: the numbers of its runs, and of those that are completed.
        step: the last step.
        estimates: the final values over the completed runs, by their names in a trace, in display units.
    """

    label: str
    seeds: int
    completed: int
    step: int
    estimates: dict[str, Estimate]


def group_finals(groups: Iterable[Group], last: Mapping[Trace, TraceRow]) -> list[GroupFinals]:
    """Return the final values of groups; groups without a completed run are left out.

    Args:
        groups: groups of any runs.
        last: the last rows of the completed runs.
    """
    found = [(group, [trace for trace in group.traces if trace in last]) for group in groups]
    return [_finals(group, completed, last) for group, completed in found if completed]


def headings(rows: Iterable[GroupFinals]) -> dict[str, str]:
    """Return the headings of all estimates in ``rows``, by their names in a trace."""
    names = dict.fromkeys(name for row in rows for name in row.estimates)
    return {name: _HEADINGS.get(name, name.replace("_", " ")) for name in names}


def median_target(groups: Iterable[Group], last: Mapping[Trace, TraceRow]) -> Target | None:
    """Return the final upper loss that all seeds of the median group reach; None where there is nothing to compare.

    The loss of a group is that of its worst completed seed; the median over the groups is rounded up.
    """
    ended = [[last[trace].metrics for trace in group.traces if trace in last] for group in groups]
    losses = [max(row[LOSS] for row in rows) for rows in ended if rows and all(LOSS in row for row in rows)]
    if len(losses) < 2 or not all(map(math.isfinite, losses)):
        return None
    rounded = Context(prec=DIGITS, rounding=ROUND_CEILING).create_decimal(repr(median_high(losses)))
    return Target(LOSS, float(rounded))


def _finals(group: Group, completed: Sequence[Trace], last: Mapping[Trace, TraceRow]) -> GroupFinals:
    rows, drawn = [last[trace] for trace in completed], data_seeds(completed)
    runs = [_values(row) for row in rows]
    shared = [name for name in runs[0] if all(name in values for values in runs)]
    estimates = {name: Estimate.over([values[name] for values in runs], drawn) for name in shared}
    return GroupFinals(group.label, len(group.traces), len(rows), max(row.step for row in rows), estimates)


def _values(row: TraceRow) -> dict[str, float]:
    """Return the metrics of the whole network, and the payload that a node sent on average."""
    values = {name: value for name, value in row.metrics.items() if name not in LEFT_OUT}
    if SENT in row.node_metrics:
        values[SENT] = float(row.node_metrics[SENT].mean()) * display_unit(SCHEMA[SENT].units)[0]
    return values
