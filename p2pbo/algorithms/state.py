"""The state of an algorithm between two steps, stacked over the hosted nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from p2pbo.arrays import Rows

Point = tuple[Rows, ...]
"""The iterates of all variables: (X, Y) or (X, Y, Z)."""


@dataclass(frozen=True)
class Variable:
    """One of X, Y, Z with the rows that its update needs; all hosted×dim.

    Attributes:
        V: the iterate.
        U: the estimate of its direction at the previous step (zero before the first).
        memory: the rows that its mixing remembers, in the NamedTuple of that mixing; None: it remembers none.
    """

    V: Rows
    U: Rows
    memory: Any = None

    def rows(self) -> dict[str, Rows]:
        """Return all its rows by name: V, U, and the fields of its memory."""
        return {"V": self.V, "U": self.U, **(self.memory._asdict() if self.memory else {})}

    def with_rows(self, rows: Mapping[str, Rows]) -> Variable:
        """Return the variable with the given rows, by the names of :meth:`rows`, in the place of its own."""
        memory = self.memory and type(self.memory)(*(rows[field] for field in self.memory._fields))
        return Variable(rows["V"], rows["U"], memory)


def moved(before: Rows, after: Rows, step: float) -> Rows:
    """Return ``after``; where the step is 0, ``before`` itself, which averages of equal rows are to rounding only."""
    return after if step else before


@dataclass(frozen=True)
class State:
    """All variables after ``step`` steps, and the point before the last one.

    Attributes:
        began: the step after which they stood at their start last; later than 0 where the run has begun again.
    """

    step: int
    variables: tuple[Variable, ...]
    previous: Point
    began: int = 0

    @property
    def point(self) -> Point:
        """The iterates of all variables: (X, Y) or (X, Y, Z)."""
        return tuple([variable.V for variable in self.variables])

    def part(self, rows: slice) -> State:
        """Return the state of some of the nodes, which shares memory with this one."""
        variables = [v.with_rows({name: V[rows] for name, V in v.rows().items()}) for v in self.variables]
        return State(self.step, tuple(variables), tuple([V[rows] for V in self.previous]), self.began)
