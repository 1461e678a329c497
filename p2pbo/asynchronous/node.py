"""One node that steps when it is ready: tracking by a ledger of running sums.

u⁺ = estimate of the direction at s
t½ = u⁺ + Σ_j ρ̃_ij − Σ_j ρ_ji               ρ̃_ij the newest running sum heard of j, ρ_ji the one told to j
t  = w_ii t½,   ρ_ji ← ρ_ji + w_ji t½       the first t is u⁺, and nothing is told of it
v  = s − βt                                  goes out with ρ_ji, and a stamp
s⁺ = s + η (Π[w_ii v + Σ_j w_ij ṽ_j] − s)    ṽ_j the newest v heard of j, the node's own where none has come

Over all nodes Σ t + Σ (ρ − ρ̃) = Σ u for ever: a message that is lost, late or doubled changes no sum, as the next one
carries all. ρ is float64 whatever the type of the run: a ledger must not round.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms import ComposedAlgorithm, Sampler, State, Variable
from p2pbo.algorithms.composed_algorithm import Rule
from p2pbo.algorithms.state import Point
from p2pbo.arrays import Rows
from p2pbo.asynchronous.node_edges import NodeEdges, Reals
from p2pbo.problems import Oracles


class Message(NamedTuple):
    """What a node tells a neighbour after a step.

    Attributes:
        stamp: the number of its steps; a message with an older stamp than the newest heard is ignored.
        sent_at: the time of its sender.
        v: (D,) s − βt of all variables that are mixed, one after another.
        mass: (D,) ρ, the running sum of what this neighbour has got of the trackers.
    """

    stamp: int
    sent_at: float
    v: Rows
    mass: Reals

    @property
    def payload_bytes(self) -> int:
        """The bytes of its rows."""
        return self.v.nbytes + self.mass.nbytes


@dataclass
class Heard:
    """What a node has heard over each of its edges, (edges, D); the newest message counts."""

    v: Rows
    mass: Reals
    stamps: NDArray[np.int64]
    times: Reals

    @classmethod
    def nothing(cls, edges: int, width: int, dtype: np.dtype[np.floating]) -> Heard:
        """Return what a node has heard before any message."""
        zeros = np.zeros((edges, width))
        return cls(zeros.astype(dtype), zeros, np.full(edges, -1), np.zeros(edges))

    def take(self, place: int, message: Message) -> None:
        """Take a message, unless a newer one has come over its edge."""
        if message.stamp > self.stamps[place]:
            self.stamps[place], self.times[place] = message.stamp, message.sent_at
            self.v[place], self.mass[place] = message.v, message.mass


class AsynchronousNode:
    """A node with its state, its ledger, and its own oracles and draws.

    Args:
        algorithm: whose hypergradient, estimators, step sizes and projections it takes.
        point: its start, a row of each variable, 1×dim.
        edges: of the node.
        oracles, sampler: of this node alone.
        steps: of the run; schedules go to their end there, though a fast node takes more.

    Attributes:
        state: its own, a row of each variable.
        heard: what has come, by edges in the order of ``hears``.
        told: (edges, D) ρ of each neighbour, in the order of ``tells``.
        half: (D,) t½ of the last step.
    """

    def __init__(
        self,
        algorithm: ComposedAlgorithm,
        point: Point,
        edges: NodeEdges,
        oracles: Oracles,
        sampler: Sampler,
        steps: int,
    ) -> None:
        # fixed per run
        self._algorithm, self._edges, self._oracles, self._sampler = algorithm, edges, oracles, sampler
        self._last = steps - 1
        sent = [bool(any(rule.mixing.sends())) for rule in algorithm.rules]
        ends = np.cumsum([V.shape[1] if sends else 0 for V, sends in zip(point, sent, strict=True)])
        starts = [0, *ends[:-1]]
        self._places = [
            slice(a, b) if s else None for a, b, s in zip(starts, ends.tolist(), sent, strict=True)
        ]
        width, dtype = int(ends[-1]), point[0].dtype
        # changes in every step
        self.state = State(0, tuple(Variable(V, np.zeros_like(V)) for V in point), point)
        self.heard = Heard.nothing(len(edges.hears), width, dtype)
        self.told = np.zeros((len(edges.tells), width))
        self.half = np.zeros(width)

    def step(self, now: float) -> list[Message]:
        """Estimate the direction, settle the ledger and move; return what each neighbour is to hear, by ``tells``."""
        state, edges = self.state, self._edges
        estimates = self._algorithm.estimates(state, self._oracles, self._sampler, lambda: None)
        # t½ = u⁺ + Σ ρ̃ − Σ ρ
        self.half = self._joined(estimates) + self.heard.mass.sum(axis=0) - self.told.sum(axis=0)
        # t = w_ii t½,   ρ_ji ← ρ_ji + w_ji t½
        if state.step:
            tracker = edges.own_push * self.half
            self.told = self.told + edges.push[:, None] * self.half
        else:
            tracker = self.half
        v = self._stepped(tracker)
        self._move(v, estimates)
        return [Message(state.step, now, v, mass) for mass in self.told]

    def hear(self, edge: int, message: Message) -> None:
        """Take a message that has come over a directed edge into the node."""
        self.heard.take(int(np.searchsorted(self._edges.hears, edge)), message)

    def ages(self, now: float) -> Reals:
        """Return how long ago the rows were sent that the node has of each neighbour it has heard of."""
        return now - self.heard.times[self.heard.stamps >= 0]

    def _joined(self, rows: Sequence[Rows]) -> Reals:
        """Return the rows of mixed variables one after another, (D,), as float64."""
        joined = np.empty(len(self.half))
        for V, place in zip(rows, self._places, strict=True):
            if place is not None:
                joined[place] = V[0]
        return joined

    def _stepped(self, tracker: Reals) -> Rows:
        """Return v = s − βt, (D,)."""
        v = np.empty_like(self.heard.v, shape=len(tracker))
        for rule, variable, place in self._parts():
            if place is not None:
                v[place] = variable.V[0] - rule.step(self._schedule_step) * tracker[place]
        return v

    def _move(self, v: Rows, estimates: Sequence[Rows]) -> None:
        """Move every variable: along the average of what has come, or alone, where it is not mixed."""
        # w_ii v + Σ w_ij ṽ_j
        others = np.where((self.heard.stamps >= 0)[:, None], self.heard.v, v)
        average = (self._edges.own_pull * v + self._edges.pull @ others).astype(v.dtype, copy=False)
        moved = []
        for (rule, variable, place), U in zip(self._parts(), estimates, strict=True):
            V, mixing = variable.V, rule.mixing
            beta = rule.step(self._schedule_step)
            if place is None:
                V_next = mixing.project(V - beta * U)
            elif beta:
                # s⁺ = s + η (Π[…] − s)
                V_next = V + mixing.eta * (mixing.project(average[None, place]) - V)
            else:
                V_next = V
            moved.append(Variable(V_next, U))
        self.state = State(self.state.step + 1, tuple(moved), self.state.point)

    def _parts(self) -> Iterator[tuple[Rule, Variable, slice | None]]:
        return zip(self._algorithm.rules, self.state.variables, self._places, strict=True)

    @property
    def _schedule_step(self) -> int:
        return min(self.state.step, self._last)
