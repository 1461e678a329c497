"""Targets: shares of the way from the start to the best value known, the same for every method of a case.

The best value known is the lowest that any method's search has found on the searched seed, when all methods of the
case had been searched. It stays as it is when a method is added or changed, so that others' cells stand: a newcomer
that is better reaches the targets sooner. A new budget, or another case, sets them anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmark.budgets import Budget
from benchmark.cases import Case
from benchmark.cells import significant
from benchmark.tuning import Tuned
from p2pbo.trace.target import Target


@dataclass(frozen=True)
class Targets:
    """The targets of a case.

    Attributes:
        metric: that falls.
        start: its value before the first step.
        reference: the best value known.
        by: the method that has reached it.
        shares: of the way from the one to the other.
        values: of the metric, one for each share.
    """

    metric: str
    start: float
    reference: float
    by: str
    shares: list[float]
    values: list[float]

    @classmethod
    def of(cls, case: Case, tuned: Mapping[str, Tuned]) -> Targets:
        """Return the targets that the searches of a case set.

        Raises:
            LookupError: no search has a complete trial.
        """
        found = {name: one for name, one in tuned.items() if one.value is not None}
        if not found:
            raise LookupError(f"{case.name}: no method has a complete trial")
        by = min(found, key=lambda name: (found[name].value, name))
        start, reference = found[by].start, found[by].value
        assert reference is not None
        values = [significant(start - share * (start - reference)) for share in case.shares]
        return cls(case.metric, start, reference, by, [*case.shares], values)

    def each(self) -> list[Target]:
        """Return the targets as traces are judged by."""
        return [Target(self.metric, value) for value in self.values]

    def levels(self) -> dict[str, Any]:
        """Return what a cell depends on."""
        return {"metric": self.metric, "values": self.values}


def asked(case: Case, budget: Budget) -> dict[str, Any]:
    """Return what targets depend on."""
    return {"shares": [*case.shares], "steps": case.steps, **budget.as_json()}
