"""Algorithms made of hypergradient × estimator × mixing: the one loop body that all of them share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from p2pbo.algorithms.algorithm import Algorithm
from p2pbo.algorithms.parts import Estimator, Hypergradient, Mixing
from p2pbo.algorithms.round_driver import RoundDriver
from p2pbo.algorithms.sampling import Sampler
from p2pbo.algorithms.schedules import Schedule
from p2pbo.algorithms.state import Point, State, moved
from p2pbo.arrays import Rows
from p2pbo.network import Network
from p2pbo.problems import Oracles


@dataclass(frozen=True)
class Rule:
    """The parts by which one variable moves: an estimator, a mixing, and a step size β times a schedule."""

    estimator: Estimator
    mixing: Mixing
    beta: float
    schedule: Schedule

    def step(self, t: int) -> float:
        """Return the variable's step size in step t."""
        return self.beta * self.schedule(t)


class ComposedAlgorithm(Algorithm):
    """An algorithm of one hypergradient, and one rule for each variable."""

    def __init__(
        self,
        hypergradient: Hypergradient,
        rules: Sequence[Rule],
        batch: int | None = None,
        first_batch: int | None = None,
    ) -> None:
        self.hypergradient, self.rules = hypergradient, tuple(rules)
        self.variables, self.batches = hypergradient.variables, (batch, first_batch)
        self.second_derivatives = hypergradient.second_derivatives
        mixings = {v: rule.mixing for v, rule in zip(self.variables, self.rules, strict=True)}
        self.needs_exact = "".join(v for v, mixing in mixings.items() if mixing.needs_exact)
        self.compressions = {v: mixing.compressions for v, mixing in mixings.items()}
        self._driver = RoundDriver(mixings)
        self.overlapped_rounds = int(self._driver.sends_first)
        self._looks_back = any(rule.estimator.looks_back for rule in rules)
        self._holds = not all(rule.beta for rule in rules)  # some variable where it is

    def start(self, point: Point) -> State:
        """Return the state before the first step, from the common start of every variable (hosted×dim)."""
        variables = tuple(rule.mixing.start(V) for rule, V in zip(self.rules, point, strict=True))
        return State(0, variables, point)

    def step(self, state: State, network: Network, oracles: Oracles, sampler: Sampler) -> State:
        """Post what neighbours need, compute directions meanwhile, then mix and move; return the next state."""
        t, point, pairs = state.step, state.point, list(zip(self.rules, state.variables, strict=True))
        moves = [rule.mixing.move(v, rule.step(t)) for rule, v in pairs]
        rounds = self._driver.start(network, moves)

        batch, first_batch = self.batches
        sample = self.hypergradient.draw(sampler, t, batch if t else first_batch)
        D = self.hypergradient.directions(oracles, point, sample)
        rounds.poll()
        if t == 0:
            estimates = [rule.estimator.start(d) for (rule, _), d in zip(pairs, D, strict=True)]
        else:
            before = self._before(state, oracles, sample, D)
            estimates = [
                rule.estimator.update(v.U, d, d_before)
                for (rule, v), d, d_before in zip(pairs, D, before, strict=True)
            ]
        variables = rounds.finish(estimates)
        if self._holds:
            variables = tuple(
                replace(after, V=moved(before.V, after.V, rule.beta))
                for (rule, before), after in zip(pairs, variables, strict=True)
            )
        return State(t + 1, variables, point)

    def recover(self, state: State) -> State:
        """Return the state in which every mixing has recovered from the deaths of nodes."""
        pairs = zip(self.rules, state.variables, strict=True)
        return replace(state, variables=tuple(rule.mixing.recover(variable) for rule, variable in pairs))

    def _before(
        self, state: State, oracles: Oracles, sample: object, D: tuple[Rows, ...]
    ) -> tuple[Rows, ...]:
        """Return the directions at the previous point with the same sample, where an estimator looks back."""
        return self.hypergradient.directions(oracles, state.previous, sample) if self._looks_back else D
