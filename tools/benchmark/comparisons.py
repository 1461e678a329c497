"""Comparisons: conditions under which the best methods of a case, and the one that is made for them, compete.

All have the same effort there: a factor of their step sizes (see scaling).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmark.cache import CaseFile
from benchmark.cases import Case
from benchmark.conditions import SLOW_RING, Condition
from benchmark.measuring import SPENT, Measured
from benchmark.methods import Entrant
from benchmark.scores import NEAR, Contest, cells_under, contests, contests_of, ratios

TOPOLOGY = "ring"
"""The topology of all comparisons."""

SEATS = 2
"""How many methods take part, besides those that are made for it."""

CODEC_NAMES = ("randk:0.05", "sign", "lowrank:1")

BESIDE_SLOW = 2
"""How many times the steps of the case nodes without rounds may take beside a slow one, which is still sooner."""

FAR = 100.0
"""The multiple of the best beyond which methods are all alike."""


@dataclass(frozen=True)
class Comparison:
    """Conditions that compete with each other.

    Attributes:
        name: of its contests.
        title: of its tables.
        saved: the costs that are to be saved, by which methods get their seats.
        made_for_it: the methods that take part anyway.
        against: what the condition is called that others are held against.
        conditions: by what they are called beside a method; a method has to run under the first.
    """

    name: str
    title: str
    saved: tuple[str, ...]
    made_for_it: Collection[str]
    against: str
    conditions: Mapping[str, Condition]


def _codec(name: str) -> Condition:
    return Condition(f"{TOPOLOGY}, codec {name}", TOPOLOGY, {"codec": name})


CODECS = Comparison(
    "codec",
    f"Codecs, on the {TOPOLOGY}",
    ("steps", "megabytes"),
    ("ef-soba",),
    "without a codec",
    {**{name: _codec(name) for name in CODEC_NAMES}, "without a codec": _codec("none")},
)

SLOW_NODE = Comparison(
    "slow node",
    f"One node ten times slower, on the {TOPOLOGY}",
    ("fast_seconds",),
    ("async-soba",),
    "in rounds",
    {
        "in rounds": Condition(f"{TOPOLOGY}, slow node", SLOW_RING, {"asynchronous": "off"}),
        "without rounds": Condition(
            f"{TOPOLOGY}, slow node, without rounds", SLOW_RING, {"asynchronous": "on"}, BESIDE_SLOW
        ),
    },
)

COMPARISONS = (CODECS, SLOW_NODE)


def competitors(comparison: Comparison, case: Case, held: CaseFile) -> Iterator[tuple[Entrant, Condition]]:
    """Yield who takes part under which condition; who is refused under the first is looked up after that."""
    found = {name for name, one in held.tuned.items() if one.value is not None}
    able = {one.name: one for one in case.entrants if one.name in found}
    first, *others = comparison.conditions.values()
    plain = [one for one in contests(case, held) if one.where == TOPOLOGY]
    seats = SEATS
    for name in ranked(plain, comparison.saved):
        if not seats or name not in able or name in comparison.made_for_it:
            continue
        yield able[name], first
        if not _refused(cells_under(held, first).get(name, ())):
            seats -= 1
            yield from ((able[name], other) for other in others)
    for name in comparison.made_for_it:
        yield from ((able[name], condition) for condition in (first, *others) if name in able)


def ranked(found: Sequence[Contest], saved: Sequence[str]) -> list[str]:
    """Return the methods that arrive anywhere: first who is near the best most often, then who is nearest."""

    methods = {method for contest in found for method in contest.costs}
    multiples = {one: [ratio for cost in saved for ratio in ratios(found, one, cost)] for one in methods}

    def place(method: str) -> tuple[int, float, str]:
        own = multiples[method]
        return -sum(ratio <= NEAR for ratio in own), sum(min(ratio, FAR) for ratio in own), method

    return sorted((one for one in methods if any(map(math.isfinite, multiples[one]))), key=place)


def compared(comparison: Comparison, case: Case, held: CaseFile) -> Iterator[Contest]:
    """Yield the contests of all who take part, named ``METHOD, CONDITION``; none before all cells are measured."""
    called = {condition.name: label for label, condition in comparison.conditions.items()}
    cells = {
        f"{entrant.name}, {called[condition.name]}": cells_under(held, condition).get(entrant.name, [])
        for entrant, condition in competitors(comparison, case, held)
    }
    ran = {name: own for name, own in cells.items() if not _refused(own)}
    if ran and all(len(own) == held.asked["seeds"] for own in ran.values()):
        yield from contests_of(case, held, comparison.name, ran)


def held_against(
    comparison: Comparison, called: str, found: Sequence[Contest]
) -> tuple[int, float, dict[str, float]]:
    """Hold methods under a condition against themselves under the one that a comparison is against.

    Returns:
        How many targets they reach there, the share of these that they reach here, too, and the median multiple of each
        cost up to such a target; NaN where there are none.
    """
    pairs = [
        (costs, one.costs[here])
        for one in found
        for name, costs in one.costs.items()
        if name.endswith(f", {comparison.against}") and math.isfinite(costs["steps"])
        if (here := f"{name.partition(', ')[0]}, {called}") in one.costs
    ]
    both = [(there, here) for there, here in pairs if math.isfinite(here["steps"])]
    medians = {cost: _median([here[cost] / there[cost] for there, here in both]) for cost in SPENT}
    return len(pairs), len(both) / len(pairs) if pairs else math.nan, medians


def _median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else math.nan


def _refused(cells: Iterable[Measured]) -> bool:
    return any(cell.refusal for cell in cells)
