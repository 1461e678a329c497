"""The figures that runs end with, over the seeds of a group."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context
from statistics import median_high

from p2pbo.analysis.comparison.compare import COSTS
from p2pbo.analysis.comparison.target import Target
from p2pbo.analysis.estimate import Estimate
from p2pbo.analysis.formatting import shown
from p2pbo.analysis.groups import Group
from p2pbo.analysis.html_report.folder import SENT
from p2pbo.trace import SCHEMA, Trace, TraceRow

LOSS = "upper_loss"
LEFT_OUT = ("compute_time", "wait_time")
DIGITS = 4
"""Of a target that nobody has given."""

_HEADINGS = {cost.metric: cost.heading for cost in COSTS.values()}


@dataclass(frozen=True)
class Ends:
    """What a group of runs that differ by seed alone ends with.

    Attributes:
        label: of the group.
        seeds, completed: how many runs it has, and how many of them came to their end.
        step: the last one.
        figures: over the completed runs, by their names in a trace, in the units that are shown.
    """

    label: str
    seeds: int
    completed: int
    step: int
    figures: dict[str, Estimate]


def ends(groups: Iterable[Group], last: Mapping[Trace, TraceRow]) -> list[Ends]:
    """Return what the groups end with; those of which no run came to its end are left out.

    Args:
        groups: of any runs.
        last: the last rows of those that came to their end.
    """
    found = [(group, [last[trace] for trace in group.traces if trace in last]) for group in groups]
    return [_ends(group, rows) for group, rows in found if rows]


def headings(rows: Iterable[Ends]) -> dict[str, str]:
    """Return what the figures of the rows are called, by their names in a trace."""
    names = dict.fromkeys(name for row in rows for name in row.figures)
    return {name: _HEADINGS.get(name, name.replace("_", " ")) for name in names}


def median_target(groups: Iterable[Group], last: Mapping[Trace, TraceRow]) -> Target | None:
    """Return the upper loss that all seeds of the median group end with; None where there is nothing to compare.

    A group's loss is that of its worst completed seed; the median of the groups' is rounded up.
    """
    ended = [[last[trace].metrics for trace in group.traces if trace in last] for group in groups]
    losses = [max(row[LOSS] for row in rows) for rows in ended if rows and all(LOSS in row for row in rows)]
    if len(losses) < 2 or not all(map(math.isfinite, losses)):
        return None
    rounded = Context(prec=DIGITS, rounding=ROUND_CEILING).create_decimal(repr(median_high(losses)))
    return Target(LOSS, float(rounded))


def _ends(group: Group, rows: Sequence[TraceRow]) -> Ends:
    of_seeds = [_figures(row) for row in rows]
    shared = [name for name in of_seeds[0] if all(name in figures for figures in of_seeds)]
    estimates = {name: Estimate.over([figures[name] for figures in of_seeds]) for name in shared}
    return Ends(group.label, len(group.traces), len(rows), max(row.step for row in rows), estimates)


def _figures(row: TraceRow) -> dict[str, float]:
    """Return the figures of the whole network, and the payload that a node sent on average."""
    figures = {name: figure for name, figure in row.metrics.items() if name not in LEFT_OUT}
    if SENT in row.node_metrics:
        figures[SENT] = float(row.node_metrics[SENT].mean()) * shown(SCHEMA[SENT].units)[0]
    return figures
