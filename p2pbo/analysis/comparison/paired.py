"""Paired comparisons: the differences of two groups of runs, seed by seed.

d_s = a_s − b_s           of the runs with the same seed and the same data, so that what both share falls out
d̄ ± t_{n−1, 0.975} s/√n   the 95 % interval of the mean difference, with s² = Σ(d_s − d̄)²/(n − 1)
p_(i) ← max_{j ≤ i} min(1, (m − j + 1) p_(j))     the p values of t = d̄ √n/s, ascending, over the m rows of a table

The interval is right where differences are normal: of few pairs that is an assumption, of many their mean is nearly so.
The last line is Holm's correction (Holm 1979, Scand. J. Statist. 6): the chance that any verdict of a table is made by
chance is 5 % at most. Intervals are of each row alone.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any, Literal

import numpy as np

from p2pbo.analysis.comparison.compare import COSTS, Cost, names_of
from p2pbo.analysis.comparison.metric_values import metric_values
from p2pbo.analysis.estimate import means_by_data
from p2pbo.analysis.formatting import display_unit
from p2pbo.analysis.groups import Group, check_comparable, data_seed, differing_parts, group_by_seed
from p2pbo.errors import InputError, Notice, did_you_mean
from p2pbo.extras import require
from p2pbo.trace import COMPLETED, SCHEMA, Trace
from p2pbo.trace.target import Target

LEVEL = 0.95
"""The level of intervals; verdicts are made at 1 − LEVEL."""

LEAST_PAIRS = 3
"""The pairs that a verdict takes: two may agree by chance, on steps of a counter above all."""

SUBJECT = "--paired"

ROUNDING = 1e-9
"""Differences below so many times the figures themselves are none: rounding differs with libraries and ranks."""

Verdict = Literal["better", "worse", "not told apart"]


@dataclass(frozen=True)
class Figure:
    """The figure that pairs of runs are compared by.

    Attributes:
        title: what it is.
        rising: whether larger ones are better.
        of: the function trace ↦ figure; NaN where a run has none.
        at_end: whether it is of the last step, so that runs should be equally long.
    """

    title: str
    rising: bool
    of: Callable[[Trace], float]
    at_end: bool = False


def final_figure(metric: str) -> Figure:
    """Return the figure "the last value of a metric", which runs have that are completed."""
    field = SCHEMA.get(metric)

    def last(trace: Trace) -> float:
        value = float(metric_values(trace, metric)[-1]) * display_unit(trace.field(metric).units)[0]
        return value if trace.status == COMPLETED and math.isfinite(value) else math.nan

    return Figure(f"{metric} at the end", field is not None and field.rising, last, at_end=True)


def cost_figure(cost: Cost, target: Target) -> Figure:
    """Return the figure "the cost of reaching a target", which runs have that reach it."""

    def spent(trace: Trace) -> float:
        row = target.first(metric_values(trace, target.metric))
        if cost.metric not in trace:
            cause = f"lacks {cost.metric}, which --sort asks for"
            raise InputError(trace.subject, cause, f"sort by another of {', '.join(COSTS)}")
        return math.nan if row is None else cost.spent(trace, row)

    return Figure(f"{cost.heading} to {target}", False, spent)


@dataclass(frozen=True)
class PairedRow:
    """The difference of two groups of runs, the figure of the first less that of the second.

    Attributes:
        first, second: the labels of the groups.
        pairs: the number of differences: pairs of runs, or draws of the data where several pairs share one.
        missing: the number of pairs of which a run has no figure; such a row is never told apart.
        difference: the mean difference d̄; None without pairs.
        low, high: its 95 % interval; None with fewer than two pairs.
        p: the p value, after Holm's correction over the rows of the table.
        verdict: what the first is.
    """

    first: str
    second: str
    pairs: int
    missing: int
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    verdict: Verdict = "not told apart"


@dataclass(frozen=True)
class PairedComparison:
    """A paired comparison of runs.

    Attributes:
        figure: what they are compared by.
        problem, data: the names of their problem and data set, several where ``force`` allowed that.
        runs: the number of compared traces.
        rows: a row for each two groups, in the order of the traces.
    """

    figure: Figure
    problem: str
    data: str
    runs: int
    rows: list[PairedRow]

    def __str__(self) -> str:
        """Return the title: ``upper_loss at the end: logreg-hpo, a9a, 6 runs``."""
        return (
            f"{self.figure.title}: {', '.join(filter(None, (self.problem, self.data, f'{self.runs} runs')))}"
        )

    def as_json(self) -> dict[str, Any]:
        """Return the JSON of ``p2pbo compare --paired --json``; keys are always the same, missing values are null.

        The keys are ``figure`` (``title``, ``rising``: larger is better), ``level`` of the intervals, ``correction``
        of the p values, ``problem``, ``data``, ``runs``, and ``rows``. A row has ``first``, ``second``, ``pairs``,
        ``missing``, ``difference``, ``low``, ``high``, ``p`` and ``verdict``.
        """
        return {
            "figure": {"title": self.figure.title, "rising": self.figure.rising},
            "level": LEVEL,
            "correction": "holm",
            "problem": self.problem or None,
            "data": self.data or None,
            "runs": self.runs,
            "rows": [asdict(row) for row in self.rows],
        }


def compare_pairs(
    traces: Sequence[Trace], figure: Figure, force: bool = False, by: Collection[str] = ()
) -> PairedComparison:
    """Compare every two groups of runs, which differ by more than seeds, by the differences of runs with equal seeds.

    Args:
        traces: the traces of two groups at least.
        figure: what they are compared by.
        force: compare runs of different problems or data as well.
        by: parts of descriptions, such as "algorithm": compare only groups that differ in nothing else.

    Raises:
        InputError: no two groups can be compared, traces are of different problems or data, or scipy is not installed.
    """
    require("scipy", extra="run")
    if not force:
        check_comparable(traces)
    groups = group_by_seed(traces)
    if figure.at_end:
        _warn_of_lengths(traces)
    rows = [_row(*both, figure) for both in _chosen(groups, by)]
    judged = [
        _judged(row, p, figure.rising) for row, p in zip(rows, holm([row.p for row in rows]), strict=True)
    ]
    return PairedComparison(
        figure, names_of(traces, "problem"), names_of(traces, "data"), len(traces), judged
    )


def _chosen(groups: Sequence[Group], by: Collection[str]) -> list[tuple[Group, Group]]:
    """Return the groups to compare, two by two: those that share a pair of seeds and differ in ``by`` alone."""
    parts = {both: differing_parts(*(group.traces[0] for group in both)) for both in combinations(groups, 2)}
    known = {part for differing in parts.values() for part in differing}
    for part in by:
        if part not in known:
            raise InputError(
                f"--by {part}", "is no part in which these runs differ", did_you_mean(part, known)
            )
    asked = [both for both, differing in parts.items() if not by or differing <= set(by)]
    paired = [both for both in asked if _by_seeds(both[0]).keys() & _by_seeds(both[1]).keys()]
    if not paired:
        cause = "finds no two runs with the same seed and data that differ in what is compared"
        raise InputError(SUBJECT, cause, "run what is compared with the same --seed and --data-seed")
    return paired


def _warn_of_lengths(traces: Sequence[Trace]) -> None:
    ends = [trace.last.step for trace in traces if trace.last and trace.status == COMPLETED]
    if ends and min(ends) < max(ends):
        cause = f"takes runs after {min(ends):,} to {max(ends):,} steps for the same"
        remedy = "compare runs of equal length, or the costs of a --target"
        warnings.warn(f"{SUBJECT} at the end {cause}; {remedy}", Notice, stacklevel=3)


def _by_seeds(group: Group) -> Mapping[tuple[Any, Any], Trace]:
    return {(trace.description.get("seed"), data_seed(trace)): trace for trace in group.traces}


def _row(first: Group, second: Group, figure: Figure) -> PairedRow:
    """Return the row of two groups, with a p value of its own and no verdict yet."""
    one, other = _by_seeds(first), _by_seeds(second)
    shared = [seeds for seeds in one if seeds in other]
    figures = np.array([(figure.of(one[seeds]), figure.of(other[seeds])) for seeds in shared])
    known = np.isfinite(figures).all(axis=1)
    row = PairedRow(first.label, second.label, 0, int((~known).sum()))
    if not known.any():
        return row
    d = figures[known, 0] - figures[known, 1]
    d[np.abs(d) <= ROUNDING * np.abs(figures[known]).max(axis=1)] = 0
    drawn = [of_data for (_, of_data), has in zip(shared, known, strict=True) if has]
    return _with_interval(row, means_by_data(d, drawn))


def _with_interval(row: PairedRow, differences: Sequence[float]) -> PairedRow:
    """Return the row with the mean of independent differences, its interval, and the p value of t."""
    from scipy.special import stdtr, stdtrit  # Student's distribution and its quantiles

    n, mean = len(differences), float(np.mean(differences))
    row = replace(row, pairs=n, difference=mean)
    if n < 2:
        return row
    error = float(np.std(differences, ddof=1)) / math.sqrt(n)
    half = float(stdtrit(n - 1, (1 + LEVEL) / 2)) * error  # d̄ ± t_{n−1, 0.975} s/√n
    p = 2 * float(stdtr(n - 1, -abs(mean) / error)) if error else float(mean == 0)
    return replace(row, low=mean - half, high=mean + half, p=p)


def holm(values: Sequence[float | None]) -> list[float | None]:
    """Return p values after Holm's correction over those that are known."""
    known = sorted((i for i, p in enumerate(values) if p is not None), key=lambda i: values[i] or 0.0)
    corrected, largest = list(values), 0.0
    for j, i in enumerate(known):
        largest = max(largest, min(1.0, (len(known) - j) * (values[i] or 0.0)))
        corrected[i] = largest
    return corrected


def _judged(row: PairedRow, p: float | None, rising: bool) -> PairedRow:
    verdict: Verdict = "not told apart"
    if p is not None and p <= 1 - LEVEL and row.pairs >= LEAST_PAIRS and not row.missing and row.difference:
        verdict = "better" if (row.difference > 0) == rising else "worse"
    return replace(row, p=p, verdict=verdict)
