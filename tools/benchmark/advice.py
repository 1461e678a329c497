"""What to take when: what is near the best in most contests of a kind, and what that rests on.

A method, or one under a condition, is advised where it comes within NEAR of the best in MOST of the contests that it
takes part in, of LEAST problems or more. Where none does, there is no advice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmark.scores import NEAR, Contest, share_within, won

MOST, LEAST = 0.75, 2

SAVED = {
    "steps": "steps",
    "megabytes": "bytes",
    "fast_seconds": "time on fast links",
    "slow_seconds": "time on slow links",
}
"""What each cost is called where it is to be saved."""


@dataclass(frozen=True)
class Advice:
    """What to take in one situation.

    Attributes:
        when: the situation.
        take: the methods, the surest first, each with its share of its contests; none: there is no advice.
        contests: that it rests on.
        problems: of these contests.
    """

    when: str
    take: list[tuple[str, float]]
    contests: int
    problems: list[str]


def advice(found: Sequence[Contest], saved: Sequence[str]) -> Iterator[Advice]:
    """Yield what to take with equal and with unequal nodes, for each of these costs that is to be saved."""
    for equal in (True, False):
        group = [one for one in found if one.case.equal is equal]
        for cost in saved:
            yield advised(group, cost, f"{'equal' if equal else 'unequal'} nodes, to save {SAVED[cost]}")


def advised(group: Sequence[Contest], cost: str, when: str) -> Advice:
    """Return what to take by these contests."""
    counted = won(group, cost)
    problems = sorted({contest.case.problem for contest in counted})
    methods = sorted({method for contest in counted for method in contest.costs})
    tried = [one for one in methods if len({c.case.problem for c in counted if one in c.costs}) >= LEAST]
    shares = [(method, share_within(counted, method, cost, NEAR)) for method in tried]
    near = sorted((one for one in shares if one[1] >= MOST), key=lambda one: -one[1])
    return Advice(when, near, len(counted), problems)
