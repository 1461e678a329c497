"""What a node carries from step to step, stacked over the hosted nodes."""

from __future__ import annotations

from dataclasses import dataclass

from p2pbo.problems import Rows

Point = tuple[Rows, ...]
"""(X, Y) or (X, Y, Z)."""


@dataclass(frozen=True)
class Variable:
    """One of X, Y, Z with what follows it; all hosted×dim."""

    V: Rows
    """The iterate."""
    U: Rows
    """The estimate of its direction at the previous step (zero before the first)."""
    carried: tuple[Rows, ...] = ()
    """What its mixing remembers: (T,) for tracking."""


def moved(before: Rows, after: Rows, step: float) -> Rows:
    """``after``; where the step is 0 ``before`` itself, which averages of equal rows give back to rounding only."""
    return after if step else before


@dataclass(frozen=True)
class State:
    """All variables after ``step`` steps, and the point before the last one."""

    step: int
    variables: tuple[Variable, ...]
    previous: Point

    @property
    def point(self) -> Point:
        """(X, Y) or (X, Y, Z)."""
        return tuple(variable.V for variable in self.variables)
