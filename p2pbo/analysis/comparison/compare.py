"""Which run reaches a target with the fewest megabytes?

A run reaches the target at its first logged row whose metric is ≤ the value, or ≥ the value where larger is better
(accuracies); NaN never reaches it. What it had spent by then is read off that row: nothing is interpolated between
logged rows, so a run that logs every n steps may have been there up to n − 1 steps earlier. The start is a row like
any other: consensus errors, which are zero at a common start, are reached there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from p2pbo.analysis.comparison.target import Target, reading
from p2pbo.analysis.estimate import Estimate
from p2pbo.analysis.formatting import shown
from p2pbo.analysis.groups import Group, check_comparable, groups
from p2pbo.errors import InputError, did_you_mean
from p2pbo.trace import Trace


@dataclass(frozen=True)
class Cost:
    """What reaching a target takes.

    Attributes:
        name: of the figure in rows, JSON and CSV.
        heading: of its column in tables.
        metric: the variable of a trace that counts it.
    """

    name: str
    heading: str
    metric: str

    def spent(self, trace: Trace, row: int) -> float:
        """By the logged row ``row``, in the unit that is shown; by a node on average."""
        return float(trace.values(self.metric)[row].mean()) * shown(trace.field(self.metric).units)[0]


COSTS = {
    "iterations": Cost("iterations", "iterations", "step"),
    "megabytes": Cost("megabytes", "MB per node", "bytes_sent"),
    "modelled": Cost("modelled_seconds", "modelled (s)", "modelled_time"),
    "wall": Cost("wall_seconds", "wall (s)", "wall_time"),
}
"""By the name that ``--sort`` knows them by."""


@dataclass(frozen=True)
class Row:
    """What the runs of one group, which differ by seed alone, took to the target.

    Attributes:
        label: what tells the group from the others.
        seeds: how many there are.
        reached: how many of them reached the target.
        best: the best value that each seed logged at any time, over all seeds, also those that did not reach it.
        iterations, megabytes, modelled_seconds, wall_seconds: what was spent, over the seeds that reached the
            target; megabytes are those that a node sent, on average over the nodes. None where no seed reached it
            or the traces do not say.
        winner: the figures in which the row is the best: ``best`` of all rows, a cost of those rows that all seeds
            reached, or, without such rows, of those that some seeds reached.
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

    def figure(self, name: str) -> Estimate | None:
        """Return ``best`` or one of the costs."""
        found: Estimate | None = getattr(self, name)
        return found

    @property
    def tier(self) -> int:
        """0 where all seeds reached the target, 1 where some did, 2 where none did."""
        return 0 if self.reached == self.seeds else 1 if self.reached else 2

    def as_json(self) -> dict[str, Any]:
        """Return ``label, seeds, reached, best, iterations, megabytes, modelled_seconds, wall_seconds, winner``."""
        figures = {name: self.figure(name) for name in ("best", *(cost.name for cost in COSTS.values()))}
        return {
            "label": self.label,
            "seeds": self.seeds,
            "reached": self.reached,
            **{name: figure.as_json() if figure else None for name, figure in figures.items()},
            "winner": list(self.winner),
        }


@dataclass(frozen=True)
class Comparison:
    """Runs side by side.

    Attributes:
        target: what they were to reach.
        problem: the name of the problem that they solve; names, where several are compared by force.
        data: the same of the data set.
        runs: how many traces were compared.
        costs: those that some trace tells.
        rows: one for each group, the best first.
    """

    target: Target
    problem: str
    data: str
    runs: int
    costs: tuple[Cost, ...]
    rows: list[Row]

    def __str__(self) -> str:
        """Return what is compared: ``upper_loss ≤ 0.35: logreg-hpo, a9a, 6 runs``."""
        runs = f"{self.runs} run{'s' * (self.runs != 1)}"
        return f"{self.target}: {', '.join(filter(None, (self.problem, self.data, runs)))}"

    def as_json(self) -> dict[str, Any]:
        """Return what ``p2pbo compare --json`` prints; keys are always the same, null stands for what is missing.

        ``target`` (``metric``, ``value``, ``rising``: better the larger), ``problem``, ``data``, ``runs``, and
        ``rows``, the best first. A row has ``label``, ``seeds``, ``reached``, ``winner`` (a list of the figures in
        which it is the best) and its figures ``best``, ``iterations``, ``megabytes``, ``modelled_seconds`` and
        ``wall_seconds``, each null or ``{"mean": …, "error": …}``.
        """
        return {
            "target": self.target.as_json(),
            "problem": self.problem or None,
            "data": self.data or None,
            "runs": self.runs,
            "rows": [row.as_json() for row in self.rows],
        }


def compare(
    traces: Sequence[Trace], target: Target, force: bool = False, sort: str = "megabytes"
) -> Comparison:
    """Tell what each group of runs took to the target; groups that all seeds reached come first.

    Args:
        traces: at least one.
        target: what to reach.
        force: compare runs of different problems or data all the same.
        sort: the cost by which groups are sorted: iterations, megabytes, modelled or wall.

    Raises:
        InputError: a trace lacks the metric or any logged row, traces are of different problems or data, the cost
            is unknown, or no trace tells it.
    """
    if sort not in COSTS:
        raise InputError(f"--sort {sort}", "is not known", did_you_mean(sort, COSTS))
    if not force:
        check_comparable(traces)
    rows = [_row(group, target) for group in groups(traces)]
    costs = tuple(cost for cost in COSTS.values() if any(cost.metric in trace for trace in traces))
    by = COSTS[sort]
    if by not in costs:
        cause = f"asks for {by.metric}, which no trace has"
        raise InputError(f"--sort {sort}", cause, "sort by another cost")
    ranked = sorted(rows, key=lambda row: (row.tier, _mean(row, by), target.rank(row.best.mean)))
    problem, data = _names(traces, "problem"), _names(traces, "data")
    return Comparison(target, problem, data, len(traces), costs, _with_winners(ranked, target))


def _row(group: Group, target: Target) -> Row:
    series = [reading(trace, target.metric) for trace in group.traces]
    firsts = [(trace, target.first(values)) for trace, values in zip(group.traces, series, strict=True)]
    arrivals = [(trace, row) for trace, row in firsts if row is not None]
    return Row(
        label=group.label,
        seeds=len(series),
        reached=len(arrivals),
        best=Estimate.over([target.best(values) for values in series]),
        iterations=_spent(arrivals, COSTS["iterations"]),
        megabytes=_spent(arrivals, COSTS["megabytes"]),
        modelled_seconds=_spent(arrivals, COSTS["modelled"]),
        wall_seconds=_spent(arrivals, COSTS["wall"]),
    )


def _spent(arrivals: Sequence[tuple[Trace, int]], cost: Cost) -> Estimate | None:
    if not arrivals or not all(cost.metric in trace for trace, _ in arrivals):
        return None
    return Estimate.over([cost.spent(trace, row) for trace, row in arrivals])


def _mean(row: Row, cost: Cost) -> float:
    """Infinite where it is not known."""
    spent = row.figure(cost.name)
    return spent.mean if spent else math.inf


def _with_winners(rows: Sequence[Row], target: Target) -> list[Row]:
    """Return the rows, which are sorted, with the figures in which each is the best."""
    first = rows[0].tier
    best = min(target.rank(row.best.mean) for row in rows)
    least = {cost: min(_mean(row, cost) for row in rows if row.tier == first) for cost in COSTS.values()}

    def won(row: Row) -> Iterator[str]:
        if target.rank(row.best.mean) == best < math.inf:
            yield "best"
        for cost, mean in least.items():
            if row.tier == first and _mean(row, cost) == mean < math.inf:
                yield cost.name

    return [replace(row, winner=tuple(won(row))) for row in rows]


def _names(traces: Iterable[Trace], part: str) -> str:
    sections = [trace.description.get(part) for trace in traces]
    names = [section.get("name") if isinstance(section, dict) else section for section in sections]
    return ", ".join(dict.fromkeys(str(name) for name in names if name is not None))
