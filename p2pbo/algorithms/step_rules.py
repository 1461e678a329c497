"""Step sizes that nodes measure, for variables whose mixing tracks the network's average direction.

A schedule says before a run how steps change; a step rule finds their size while it goes on. To a mixing both are a
step size: :class:`MeasuredMixing` goes around it, sends the rule's numbers beside its rows, and remembers them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, ClassVar, NamedTuple

import numpy as np

from p2pbo.algorithms.parts import Mixing, MixingRounds, Sends, TrackingMixing
from p2pbo.algorithms.per_variable import AMPLIFIED
from p2pbo.algorithms.state import Variable
from p2pbo.arrays import Rows
from p2pbo.errors import InputError
from p2pbo.network import Consensus, Maximum


class Measured(NamedTuple):
    """What a rule makes the steps of a variable of."""

    variable: str
    """Its letter."""
    M: Rows
    """n×1: the sum of ‖T‖² so far, averaged over neighbours in each step."""
    R: Rows
    """n×1: the largest ‖s − s₀‖ so far, of any node that word has come from."""
    others: Mapping[str, Rows]
    """M of the other variables whose steps are measured, before the step."""


class StepRule(ABC):
    """A way to find the step sizes of a variable from its tracker T and its iterate; one number for each node."""

    def __init__(self, steps: int, /) -> None:  # noqa: B027
        """Take what schedules take; no rule needs it."""

    @abstractmethod
    def size(self, measured: Measured) -> Rows:
        """Return the step size of each node where c = 1; where M is 0 nothing has been measured, and the step is 0."""


def over_root(a: Rows, M: Rows) -> Rows:
    """Return a/√M, and 0 where M is not above 0."""
    known = M > 0
    return np.divide(a, np.sqrt(M, where=known, out=np.ones_like(M)), where=known, out=np.zeros_like(a))


FIRST_DISTANCE = 1e-4
"""R before the first step, relative to 1 + ‖s₀‖."""

SHORTENING = 10
"""By how much the factor c is divided where steps have diverged."""

SHORTEST = 1e-8
"""The share of c below which steps of that length are not what diverges."""


class MeasuredMemory(NamedTuple):
    """What a tracking mixing and the rule of its steps remember of a variable."""

    T: Rows
    """The tracker."""
    M: Rows
    """n×1: the sum of ‖T‖² so far, averaged over neighbours."""
    R: Rows
    """n×1: the largest ‖s − s₀‖ so far, of any node."""
    start: Rows
    """s₀."""
    share: Rows
    """n×1: the share of c that is left of it; less than 1 where longer steps have diverged."""


@dataclass(frozen=True, kw_only=True)
class MeasuredMixing(Mixing):
    """A tracking mixing whose steps are measured; β is c, their factor.

    M and R travel in the first message that the mixing sends in a step.
    """

    needs_exact: ClassVar[bool] = True
    averages_first: ClassVar[bool] = True
    remembers: ClassVar[type[MeasuredMemory]] = MeasuredMemory

    mixing: TrackingMixing
    rule: StepRule
    variable: str
    others: Mapping[str, Rows] = field(default_factory=dict)

    def beside(self, variables: Mapping[str, Variable]) -> MeasuredMixing:
        """Return the mixing with M of the other variables whose steps are measured."""
        others = {
            name: other.memory.M
            for name, other in variables.items()
            if name != self.variable and isinstance(other.memory, MeasuredMemory)
        }
        return replace(self, others=others)

    def start(self, V: Rows) -> Variable:
        """Return the variable before the first step: U, T and M are 0."""
        R = FIRST_DISTANCE * (1 + _norms(V))
        return self._remembering(self.mixing.start(V), np.zeros_like(R), R, V.copy(), np.ones_like(R))

    def shortened(self, start: Variable, diverged: Variable) -> Variable | None:
        """Return the start with a tenth of the share of c that has diverged; None: shorter steps would diverge, too."""
        share = diverged.memory.share / SHORTENING
        return replace(start, memory=start.memory._replace(share=share)) if share.min() >= SHORTEST else None

    def recover(self, variable: Variable) -> Variable:
        """Return the variable with the tracker of those who are left; what has been measured stays."""
        memory: MeasuredMemory = variable.memory
        return self._remembering(self.mixing.recover(self._own(variable)), *memory[1:])

    def sends(self) -> Sends:
        """Plan what the mixing sends, and M and R beside the first of it."""
        sends = list(self.mixing.sends())
        sends[self._round] += (Consensus(), Maximum())
        return tuple(sends)

    def move(self, variable: Variable, beta: float) -> MixingRounds:
        """Pass the mixing's rows on, M and R beside them, and give it the steps that come of both."""
        memory: MeasuredMemory = variable.memory
        # R ← max(R, ‖s − s₀‖), then over neighbours
        M, R = memory.M, np.maximum(memory.R, _norms(variable.V - memory.start))

        def step(T: Rows) -> Rows:
            # M ← M + ‖T‖², used, then mixed
            nonlocal M
            M = M + _norms(T) ** 2
            # step = c·share·R/√M, or what else the rule makes of them
            return beta * memory.share * self.rule.size(Measured(self.variable, M, R, self.others))

        moving = self.mixing.follow(self._own(variable), step)
        rows = next(moving)
        for number in count():
            if number == self._round:
                *answer, M, R = yield (*rows, M, R)
            else:
                answer = [*(yield rows)]
            try:
                rows = moving.send(tuple(answer))
            except StopIteration as stop:
                return self._remembering(stop.value, M, R, memory.start, memory.share)
        raise AssertionError

    @property
    def _round(self) -> int:
        """The number of the first round in which the mixing sends."""
        return next(number for number, kinds in enumerate(self.mixing.sends()) if kinds)

    def _own(self, variable: Variable) -> Variable:
        """Return the variable as the mixing itself remembers it."""
        assert self.mixing.remembers is not None
        return replace(variable, memory=self.mixing.remembers(variable.memory.T))

    def _remembering(self, variable: Variable, *measured: Rows) -> Variable:
        """Return the variable with what its rule remembers beside its tracker: M, R, s₀, and the share of c."""
        return replace(variable, memory=MeasuredMemory(variable.memory.T, *measured))


def check_measured(
    variable: str, names: Mapping[str, str], mixing: type[Mixing], moves_as: Mapping[str, str]
) -> None:
    """Check that a variable can take measured steps.

    Args:
        variable: its letter.
        names: of its schedule and of its mixing.
        mixing: the mixing's class.
        moves_as: the variables that move as another one does, by name.

    Raises:
        InputError: its mixing has no tracker or no rounds, or it has to move as another variable does.
    """
    rule = f"schedule {names['schedule']} of {variable}"
    other = f"give {variable} another schedule, as in --set algorithm.schedule.{variable}=constant"
    if mixing.asynchronous:
        cause = f"measures in rounds with all neighbours, and mixing {names['mixing']} has none"
        raise InputError(rule, cause, f"use mixing tracking or atc-tracking, or {other}")
    if not issubclass(mixing, TrackingMixing):
        cause = f"measures a tracker of the average direction, and mixing {names['mixing']} moves along none"
        raise InputError(rule, cause, f"use mixing tracking or atc-tracking, or {other}")
    for follower, leader in moves_as.items():
        if variable in (follower, leader):
            raise InputError(rule, f"would give {follower} steps unlike {leader}'s, and {AMPLIFIED}", other)


def _norms(V: Rows) -> Rows:
    """Return the norm of each row, n×1."""
    norms: Any = np.linalg.norm(V, axis=1, keepdims=True)
    return norms.astype(V.dtype, copy=False)
