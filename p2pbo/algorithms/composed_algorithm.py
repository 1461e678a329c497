"""Algorithms made of hypergradient × estimator × mixing: the one loop body that all of them share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from p2pbo.algorithms.algorithm import Algorithm
from p2pbo.algorithms.first_average import FirstAverage
from p2pbo.algorithms.parts import Estimator, Hypergradient, Mixing
from p2pbo.algorithms.round_driver import RoundDriver, RunningRounds
from p2pbo.algorithms.sampling import Sampler
from p2pbo.algorithms.schedules import Schedule, always_one
from p2pbo.algorithms.state import Point, State, Variable, moved
from p2pbo.algorithms.step_rules import MeasuredMixing
from p2pbo.arrays import Rows
from p2pbo.network import Network
from p2pbo.problems import Oracles
from p2pbo.problems.node_data import Size


@dataclass(frozen=True)
class Rule:
    """The parts by which one variable moves: an estimator, a mixing, and a step size β times a schedule.

    Attributes:
        estimator: what makes directions into estimates; its weight of a new direction is that of a factor of 1.
        mixing: what moves the variable.
        beta: the step size where the schedule's factor is 1.
        schedule: the factor of each step.
        weight_power: the power of that factor in the estimator's weight; 0: the weight is the same for ever.
    """

    estimator: Estimator
    mixing: Mixing
    beta: float
    schedule: Schedule = always_one
    weight_power: int = 0

    def step(self, t: int) -> float:
        """Return the variable's step size in step t."""
        return self.beta * self.schedule(t)

    def estimator_in(self, t: int) -> Estimator:
        """Return the estimator with its weight in step t ≥ 1, which follows the step that has been taken last."""
        # a_t = a s_{t−1}^k: with STORM, step ηβ s_t and weight αη², it is α (η s_{t−1})²
        return self.estimator.weighted(self.schedule(t - 1) ** self.weight_power)


class ComposedAlgorithm(Algorithm):
    """An algorithm of one hypergradient, and one rule for each variable."""

    def __init__(
        self,
        hypergradient: Hypergradient,
        rules: Sequence[Rule],
        batch: Size = None,
        first_batch: Size = None,
    ) -> None:
        self.hypergradient, self.rules = hypergradient, tuple(rules)
        self.variables, self.batches = hypergradient.variables, (batch, first_batch)
        self.second_derivatives = hypergradient.second_derivatives
        self.lower_gradients = hypergradient.lower_gradients
        mixings = {v: rule.mixing for v, rule in zip(self.variables, self.rules, strict=True)}
        self.needs_exact = "".join(v for v, mixing in mixings.items() if mixing.needs_exact)
        self.measured = "".join(v for v, mixing in mixings.items() if isinstance(mixing, MeasuredMixing))
        self.directed = all(mixing.directed for mixing in mixings.values())
        self.asynchronous = any(mixing.asynchronous for mixing in mixings.values())
        self.unsent = "".join(v for v, mixing in mixings.items() if not any(mixing.sends()))
        self.compressions = {v: mixing.compressions for v, mixing in mixings.items()}
        self.keeps_bounds = mixings["x"].projects
        self.measures_x = mixings["x"].averages_first
        self._driver = RoundDriver(mixings, hypergradient.moves_as)
        self.overlapped_rounds = int(self._driver.sends_first)
        self._first = FirstAverage("".join(v for v, mixing in mixings.items() if mixing.averages_first))
        self._looks_back = any(rule.estimator.looks_back for rule in rules)
        self._holds = not all(rule.beta for rule in rules)  # some variable where it is

    def amplification(self, dtype: np.dtype[Any]) -> float:
        """Return that of the hypergradient."""
        return self.hypergradient.amplification(dtype)

    def start(self, point: Point) -> State:
        """Return the state before the first step, from the common start of every variable (hosted×dim)."""
        variables = tuple(rule.mixing.start(V) for rule, V in zip(self.rules, point, strict=True))
        return State(0, variables, point)

    def step(self, state: State, network: Network, oracles: Oracles, sampler: Sampler) -> State:
        """Post what neighbours need, compute directions meanwhile, then mix and move; return the next state."""
        if state.step == state.began and self._first.variables:
            variables = self._first_moves(state, network, oracles, sampler)
        else:
            rounds = self._rounds(state, network)
            variables = rounds.finish(self.estimates(state, oracles, sampler, rounds.poll))
        if self._holds:
            variables = tuple(
                replace(after, V=moved(before.V, after.V, rule.beta))
                for rule, before, after in zip(self.rules, state.variables, variables, strict=True)
            )
        return State(state.step + 1, variables, state.point, state.began)

    def _rounds(self, state: State, network: Network) -> RunningRounds:
        """Post what neighbours need before the oracles run."""
        variables = dict(zip(self.variables, state.variables, strict=True))
        moves = [
            rule.mixing.beside(variables).move(variable, rule.step(state.step))
            for rule, variable in zip(self.rules, state.variables, strict=True)
        ]
        return self._driver.start(network, moves)

    def _first_moves(
        self, state: State, network: Network, oracles: Oracles, sampler: Sampler
    ) -> tuple[Variable, ...]:
        """Move along averages of the first estimates; the estimates themselves are what later ones differ from."""
        estimates = dict(
            zip(self.variables, self.estimates(state, oracles, sampler, lambda: None), strict=True)
        )
        averages = {**estimates, **self._first.of(estimates, network)}
        moved = self._rounds(state, network).finish([*averages.values()])
        return tuple([replace(v, U=U) for v, U in zip(moved, estimates.values(), strict=True)])

    def recover(self, state: State) -> State:
        """Return the state in which every mixing has recovered from the deaths of nodes."""
        pairs = zip(self.rules, state.variables, strict=True)
        return replace(state, variables=tuple(rule.mixing.recover(variable) for rule, variable in pairs))

    def begin_again(self, state: State, point: Point) -> State | None:
        """Return the start with shorter steps of x, where they are measured: y and z follow a slower one."""
        start = self.start(point)
        x, *others = start.variables
        shortened = self.rules[0].mixing.shortened(x, state.variables[0])
        if shortened is None:
            return None
        return State(state.step, (shortened, *others), point, began=state.step)

    def estimates(
        self, state: State, oracles: Oracles, sampler: Sampler, poll: Callable[[], None]
    ) -> list[Rows]:
        """Return the next U of every variable, computed for one block of nodes after the other; ``poll`` after each."""
        if len(oracles.blocks) == 1:
            estimates = self._estimates_at_once(state, oracles, sampler)
            poll()
            return estimates
        estimates = [np.empty_like(variable.U) for variable in state.variables]
        for (rows, own), draws in zip(oracles.blocks, sampler.blocks, strict=True):
            parts = self._estimates_at_once(state.part(rows), own, draws)
            for whole, part in zip(estimates, parts, strict=True):
                whole[rows] = part
            poll()
        return estimates

    def _estimates_at_once(self, state: State, oracles: Oracles, sampler: Sampler) -> list[Rows]:
        """Draw, and return the next U of every variable."""
        t, (batch, first_batch) = state.step, self.batches
        starting = [rule.estimator.restarts(t - state.began, sampler) for rule in self.rules]
        sample = self.hypergradient.draw(sampler, t, first_batch if any(starting) else batch)
        D = self.hypergradient.directions(oracles, state.point, sample)
        if all(starting):
            return [rule.estimator.start(d) for rule, d in zip(self.rules, D, strict=True)]
        before = self._before(state, oracles, sample, D)
        return [
            rule.estimator.start(d) if starts else rule.estimator_in(t).update(variable.U, d, d_before)
            for rule, starts, variable, d, d_before in zip(
                self.rules, starting, state.variables, D, before, strict=True
            )
        ]

    def _before(
        self, state: State, oracles: Oracles, sample: object, D: tuple[Rows, ...]
    ) -> tuple[Rows, ...]:
        """Return the directions at the previous point with the same sample, where an estimator looks back."""
        if not self._looks_back:
            return D
        return self.hypergradient.directions(oracles, state.previous, self.hypergradient.looking_back(sample))
