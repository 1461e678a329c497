"""Scores: costs over the seeds, and the share of contests in which a method comes within a factor of the best.

A contest is one target of one case, on one topology or in one comparison. A method's cost there is the mean over its
seeds, and infinite where one of them has not reached the target. Contests that nobody has won say nothing, and are left
out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.cache import CaseFile
from benchmark.cases import Case
from benchmark.conditions import Condition, on
from benchmark.measuring import SPENT, Measured

NEAR = 1.5
"""The multiple of the best cost that counts as near it."""


@dataclass(frozen=True)
class Contest:
    """One target of one case, on one topology or in one comparison.

    Attributes:
        where: the topology, or the comparison's name.
        share: of the way to the best known value.
        costs: of each method, by the names of costs; infinite where it has not arrived.
        diverged: the share of each method's seeds whose runs have diverged before the last target of the case, be it
            after this one; NaN: it does not run there.
    """

    case: Case
    where: str
    share: float
    costs: Mapping[str, Mapping[str, float]]
    diverged: Mapping[str, float]

    def best(self, cost: str) -> float:
        """Return the least cost of all methods."""
        return min((costs[cost] for costs in self.costs.values()), default=math.inf)

    def ratio(self, method: str, cost: str) -> float:
        """Return a method's cost as a multiple of the best; infinite where it has not arrived."""
        own = self.costs[method][cost]
        return own / self.best(cost) if math.isfinite(own) else math.inf


def contests(case: Case, held: CaseFile) -> Iterator[Contest]:
    """Yield the contests of a case on all topologies."""
    for topology in held.asked.get("topologies", ()):
        yield from contests_of(case, held, topology, cells_under(held, on(topology)))


def contests_of(
    case: Case, held: CaseFile, where: str, competitors: Mapping[str, Iterable[Measured]]
) -> Iterator[Contest]:
    """Yield the contests of these competitors, each with its cells."""
    cells = {name: [*own] for name, own in competitors.items()}
    diverged = {name: share_diverged(own) for name, own in cells.items()}
    for number, share in enumerate(held.targets.shares if held.targets else ()):
        spent = {name: costs(own, number) for name, own in cells.items()}
        yield Contest(case, where, share, spent, diverged)


def cells_under(held: CaseFile, condition: Condition) -> dict[str, list[Measured]]:
    """Return the cells under a condition, by method."""
    found: dict[str, list[Measured]] = {}
    for (method, name, _), measured in held.cells.items():
        if name == condition.name:
            found.setdefault(method, []).append(measured)
    return found


def costs(cells: Sequence[Measured], number: int) -> dict[str, float]:
    """Return what the seeds of a method have spent on average up to a target, by the names of costs."""
    levels = [cell.levels[number] or [None] * len(SPENT) for cell in cells]
    return {
        name: float(np.mean([math.inf if spent is None else spent for spent in of_seeds]))
        for name, of_seeds in zip(SPENT, zip(*levels, strict=True), strict=True)
    }


def share_diverged(cells: Sequence[Measured]) -> float:
    """Return the share of a method's seeds whose runs have diverged; NaN: none has run."""
    return _mean([cell.diverged for cell in cells if not cell.refusal])


def won(found: Sequence[Contest], cost: str) -> list[Contest]:
    """Return the contests in which somebody has arrived."""
    return [contest for contest in found if math.isfinite(contest.best(cost))]


def ratios(found: Sequence[Contest], method: str, cost: str) -> list[float]:
    """Return a method's cost as multiples of the best, in the contests that it takes part in and somebody has won."""
    return [contest.ratio(method, cost) for contest in won(found, cost) if method in contest.costs]


def share_within(found: Sequence[Contest], method: str, cost: str, factor: float) -> float:
    """Return the share of its contests in which a method comes within a factor of the best; NaN without any."""
    return _mean([ratio <= factor for ratio in ratios(found, method, cost)])


def runs_diverged(found: Sequence[Contest], method: str) -> float:
    """Return the share of a method's runs that have diverged, won or not; NaN without any."""
    shares = [one.diverged[method] for one in found if method in one.costs]
    return _mean([share for share in shares if not math.isnan(share)])


def profile(found: Sequence[Contest], method: str, cost: str) -> tuple[list[float], list[float]]:
    """Return a method's performance profile: the factors at which its share of contests grows, and these shares."""
    own = sorted(ratios(found, method, cost))
    arrived = [ratio for ratio in own if math.isfinite(ratio)]
    return arrived, [(number + 1) / len(own) for number in range(len(arrived))]


def _mean(values: Sequence[float]) -> float:
    """Return the mean; NaN where there is nothing."""
    return float(np.mean(values)) if values else math.nan
