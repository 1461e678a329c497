"""Comparison of runs by their costs to a target: iterations, megabytes, time.

A run reaches the target at its first logged row whose metric is ≤ the value, or ≥ the value where larger is better
(accuracies); NaN never reaches it. The cost is read from that row: nothing is interpolated between logged rows, so a
run that logs every n steps may have reached the target up to n − 1 steps earlier. The start is a row like any other:
consensus errors, which are zero at a common start, reach their target there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from p2pbo.analysis.comparison.metric_values import metric_values
from p2pbo.analysis.estimate import Estimate
from p2pbo.analysis.formatting import display_unit
from p2pbo.analysis.groups import Group, check_comparable, data_seeds, group_by_seed, part_of
from p2pbo.errors import InputError, did_you_mean
from p2pbo.trace import Trace
from p2pbo.trace.target import Target


@dataclass(frozen=True)
class Cost:
    """A cost of reaching a target.

    Attributes:
        name: the name of the cost in rows, JSON and CSV.
        heading: the heading of its column in tables.
        metric: the variable of a trace that counts it.
    """

    name: str
    heading: str
    metric: str

    def spent(self, trace: Trace, row: int) -> float:
        """Return the cost up to the logged row ``row``, in its display unit, on average over the nodes."""
        return float(trace.values(self.metric)[row].mean()) * display_unit(trace.field(self.metric).units)[0]


COSTS = {
    "iterations": Cost("iterations", "iterations", "step"),
    "megabytes": Cost("megabytes", "MB per node", "bytes_sent"),
    "modelled": Cost("modelled_seconds", "modelled (s)", "modelled_time"),
    "wall": Cost("wall_seconds", "wall (s)", "wall_time"),
}
"""The costs by the names of ``--sort``."""


@dataclass(frozen=True)
class ComparisonRow:
    """The costs of one group of runs, which differ by seed alone, to the target.

    Attributes:
        label: the label of the group.
        seeds: the number of its seeds.
        reached: the number of its seeds that reached the target.
        best: the best value that each seed logged at any time, over all seeds.
        iterations, megabytes, modelled_seconds, wall_seconds: the costs, over the seeds that reached the target;
            megabytes are sent by a node, on average over the nodes. None where no seed reached it or the traces do
            not tell.
        winner: the columns in which the row is the best: ``best`` among all rows, a cost among the rows of which all
            seeds reached the target, or, without such rows, some seeds.
        ended: what has ended its runs, each once: ``steps``, ``until METRIC=VALUE``, ``callback``, or the status of a
            run that has not come to its end.
    """

    label: str
    seeds: int
    reached: int
    best: Estimate
    iterations: Estimate | None
    megabytes: Estimate | None
    modelled_seconds: Estimate | None
    wall_seconds: Estimate | None
    winner: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()

    def figure(self, name: str) -> Estimate | None:
        """Return ``best`` or one of the costs by its name."""
        found: Estimate | None = getattr(self, name)
        return found

    @property
    def tier(self) -> int:
        """The rank of the row: 0 where all seeds reached the target, 1 where some did, 2 where none did."""
        return 0 if self.reached == self.seeds else 1 if self.reached else 2

    def as_json(self) -> dict[str, Any]:
        """Return the row as ``label, seeds, reached``, its estimates, and ``winner``."""
        figures = {name: self.figure(name) for name in ("best", *(cost.name for cost in COSTS.values()))}
        return {
            "label": self.label,
            "seeds": self.seeds,
            "reached": self.reached,
            **{name: figure.as_json() if figure else None for name, figure in figures.items()},
            "winner": list(self.winner),
            "ended": list(self.ended),
        }


@dataclass(frozen=True)
class Comparison:
    """A comparison of runs.

    Attributes:
        target: the target that they were to reach.
        problem: the name of their problem; several names where ``force`` allowed that.
        data: the name of their data set, likewise.
        runs: the number of compared traces.
        costs: the costs that some trace tells.
        rows: a row for each group, the best first.
    """

    target: Target
    problem: str
    data: str
    runs: int
    costs: tuple[Cost, ...]
    rows: list[ComparisonRow]

    def __str__(self) -> str:
        """Return the title: ``upper_loss ≤ 0.35: logreg-hpo, a9a, 6 runs``."""
        runs = f"{self.runs} run{'s' * (self.runs != 1)}"
        return f"{self.target}: {', '.join(filter(None, (self.problem, self.data, runs)))}"

    def as_json(self) -> dict[str, Any]:
        """Return the JSON of ``p2pbo compare --json``; keys are always the same, missing values are null.

        The keys are ``target`` (``metric``, ``value``, ``rising``: larger is better), ``problem``, ``data``, ``runs``,
        and ``rows``, the best first. A row has ``label``, ``seeds``, ``reached``, ``winner`` (a list of the columns in
        which it is the best), ``ended`` (a list of what has ended its runs) and its estimates ``best``,
        ``iterations``, ``megabytes``, ``modelled_seconds`` and ``wall_seconds``, each null or
        ``{"mean": …, "error": …}`` with
        the standard error of the mean.
        """
        return {
            "target": self.target.as_json(),
            "problem": self.problem or None,
            "data": self.data or None,
            "runs": self.runs,
            "rows": [row.as_json() for row in self.rows],
        }


def compare_traces(
    traces: Sequence[Trace], target: Target, force: bool = False, sort: str = "megabytes"
) -> Comparison:
    """Compare groups of runs by their costs to a target; groups of which all seeds reached it come first.

    Args:
        traces: the traces, at least one.
        target: the target to reach.
        force: compare runs of different problems or data as well.
        sort: the cost by which groups are sorted: iterations, megabytes, modelled or wall.

    Raises:
        InputError: a trace lacks the metric or any logged row, traces are of different problems or data, the cost
            is unknown, or no trace tells it.
    """
    by = known_cost(sort)
    if not force:
        check_comparable(traces)
    rows = [_row(group, target) for group in group_by_seed(traces)]
    costs = tuple(cost for cost in COSTS.values() if any(cost.metric in trace for trace in traces))
    if by not in costs:
        cause = f"asks for {by.metric}, which no trace has"
        raise InputError(f"--sort {sort}", cause, "sort by another cost")
    ranked = sorted(rows, key=lambda row: (row.tier, _mean(row, by), target.rank(row.best.mean)))
    problem, data = names_of(traces, "problem"), names_of(traces, "data")
    return Comparison(target, problem, data, len(traces), costs, _with_winners(ranked, target))


def known_cost(name: str) -> Cost:
    """Return the cost with this name.

    Raises:
        InputError: there is none.
    """
    if name not in COSTS:
        raise InputError(f"--sort {name}", "is not known", did_you_mean(name, COSTS))
    return COSTS[name]


def _row(group: Group, target: Target) -> ComparisonRow:
    series = [metric_values(trace, target.metric) for trace in group.traces]
    firsts = [(trace, target.first(values)) for trace, values in zip(group.traces, series, strict=True)]
    arrivals = [(trace, row) for trace, row in firsts if row is not None]
    return ComparisonRow(
        label=group.label,
        seeds=len(series),
        reached=len(arrivals),
        best=Estimate.over([target.best(values) for values in series], data_seeds(group.traces)),
        iterations=_spent(arrivals, COSTS["iterations"]),
        megabytes=_spent(arrivals, COSTS["megabytes"]),
        modelled_seconds=_spent(arrivals, COSTS["modelled"]),
        wall_seconds=_spent(arrivals, COSTS["wall"]),
        ended=tuple(dict.fromkeys(trace.ended_by or trace.status for trace in group.traces)),
    )


def _spent(arrivals: Sequence[tuple[Trace, int]], cost: Cost) -> Estimate | None:
    if not arrivals or not all(cost.metric in trace for trace, _ in arrivals):
        return None
    return Estimate.over(
        [cost.spent(trace, row) for trace, row in arrivals], data_seeds(trace for trace, _ in arrivals)
    )


def _mean(row: ComparisonRow, cost: Cost) -> float:
    """Return the mean of a cost; infinite where it is unknown."""
    spent = row.figure(cost.name)
    return spent.mean if spent else math.inf


def _with_winners(rows: Sequence[ComparisonRow], target: Target) -> list[ComparisonRow]:
    """Return the sorted rows with the columns in which each is the best."""
    first = rows[0].tier
    best = min(target.rank(row.best.mean) for row in rows)
    least = {cost: min(_mean(row, cost) for row in rows if row.tier == first) for cost in COSTS.values()}

    def won(row: ComparisonRow) -> Iterator[str]:
        if target.rank(row.best.mean) == best < math.inf:
            yield "best"
        for cost, mean in least.items():
            if row.tier == first and _mean(row, cost) == mean < math.inf:
                yield cost.name

    return [replace(row, winner=tuple(won(row))) for row in rows]


def names_of(traces: Iterable[Trace], part: str) -> str:
    """Return the names of a part of the descriptions of traces, each once."""
    sections = [part_of(trace, part) for trace in traces]
    names = [section.get("name") if isinstance(section, dict) else section for section in sections]
    return ", ".join(dict.fromkeys(str(name) for name in names if name is not None))
