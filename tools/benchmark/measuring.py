"""What a cell costs up to each target: steps, megabytes of a node, and modelled seconds on each kind of link.

A method in rounds takes the same steps whatever its links are, so that the run on slow links is the same one again:
it has no metrics, and ends with the step that has reached the last target. Nodes without rounds hear each other at
other times on other links: theirs is a run of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from benchmark.cells import Cell, significant
from benchmark.links import SLOW
from benchmark.targets import Targets
from p2pbo.analysis.comparison.compare import COSTS
from p2pbo.config import Description
from p2pbo.errors import InputError, notices_if
from p2pbo.runner.assembly import UserObjects
from p2pbo.runner.execution import execute
from p2pbo.runner.process.exit_codes import Diverged
from p2pbo.trace import Trace

Spent = list[float | None]
"""What a target costs, by the names in ``SPENT``; None: it was not reached there."""

SPENT = ("steps", "megabytes", "fast_seconds", "slow_seconds")
TRACED = ("iterations", "megabytes", "modelled")
"""The first three, as ``p2pbo compare`` calls them."""

DIVERGED = "diverged"
"""How a run has ended that was not sound up to the last target."""

PATIENCE = 4
"""How many times the steps nodes without rounds may take on slow links: they step while messages are on their way."""


@dataclass(frozen=True)
class Measured:
    """What a cell has cost.

    Attributes:
        key: the digest of what it depends on.
        ended: ``reached`` the last target, all ``steps``, ``diverged``, or ``refused: REASON``.
        value: the metric at the last row.
        levels: the costs up to each target.
    """

    key: str
    ended: str
    value: float | None
    levels: list[Spent | None]

    @property
    def refusal(self) -> str:
        """Why the method does not run there; empty where it does."""
        return self.ended.partition("refused: ")[2]

    @property
    def diverged(self) -> bool:
        """Whether the run has diverged on its way to the last target, be it after others that it had reached."""
        return self.ended == DIVERGED


def measure(cell: Cell, targets: Targets) -> Measured:
    """Run a cell, and read its costs from its traces."""
    key = cell.key(targets.levels())
    try:
        trace, ended = first_run(cell, targets)
    except InputError as refusal:
        return Measured(key, f"refused: {refusal}".partition(";")[0], None, [None] * len(targets.values))
    rows = reached(trace, targets)
    slow = _slow_seconds(cell, trace, rows, targets)
    levels: list[Spent | None] = [
        None if row is None else [*(spent(trace, row, cost) for cost in TRACED), seconds]
        for row, seconds in zip(rows, slow, strict=True)
    ]
    value = float(trace.values(targets.metric)[-1])
    ended = "reached" if rows[-1] is not None else ended
    return Measured(key, ended, significant(value) if math.isfinite(value) else None, levels)


def first_run(cell: Cell, targets: Targets) -> tuple[Trace, str]:
    """Return the run of a cell on fast links up to the last target, and what has ended it.

    Raises:
        InputError: the method does not run there.
    """
    *_, last = targets.each()
    return _run(cell.description(until=last.text))


def reached(trace: Trace, targets: Targets) -> list[int | None]:
    """Return the first row that reaches each target; None: none does."""
    values = trace.values(targets.metric)
    return [target.first(values) for target in targets.each()]


def spent(trace: Trace, row: int, cost: str) -> float:
    """Return a cost up to a row, as ``p2pbo compare`` counts it."""
    return significant(COSTS[cost].spent(trace, row))


def _slow_seconds(cell: Cell, fast: Trace, rows: list[int | None], targets: Targets) -> Spent:
    """Return the seconds on slow links up to each target that is reached on fast ones."""
    found = [row for row in rows if row is not None]
    if not found:
        return [None] * len(rows)
    others: dict[str, Any] = {"exact": "off", "steps": max(1, int(fast.values("step")[found[-1]]))}
    if cell.asynchronous:
        others = {"until": targets.each()[len(found) - 1].text, "steps": PATIENCE * cell.case.steps}
    slow, _ = _run(cell.description(SLOW, **others))
    there = reached(slow, targets) if cell.asynchronous else rows
    return [None if row is None else spent(slow, row, "modelled") for row in there]


def _run(run: Description) -> tuple[Trace, str]:
    """Return the trace of a run, and what has ended it: ``steps`` or ``diverged``."""
    with notices_if(False):
        try:
            trace, ended = execute(lambda: run, UserObjects()), "steps"
        except Diverged as error:
            trace, ended = getattr(error, "trace", None), DIVERGED
    assert trace is not None  # there is one rank
    return trace, ended
