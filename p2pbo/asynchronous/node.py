"""One node that steps when it is ready, along the tracker of its ledger.

u⁺ = estimate of the direction at s
t  = the ledger's tracker                    which sets ρ_ji of each neighbour (``ledger.py``)
v  = s − βt                                  goes out with ρ_ji, and a stamp
s⁺ = s + η (Π[w_ii v + Σ_j w_ij ṽ_j] − s)    ṽ_j the newest v heard of j, the node's own where none has come
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from p2pbo.algorithms import ComposedAlgorithm, Sampler, State, Variable
from p2pbo.algorithms.composed_algorithm import Rule
from p2pbo.algorithms.state import Point
from p2pbo.arrays import Rows
from p2pbo.asynchronous.ledger import Ledger
from p2pbo.asynchronous.messages import Message
from p2pbo.asynchronous.node_edges import NodeEdges, Reals
from p2pbo.problems import Oracles


class AsynchronousNode:
    """A node with its state, its ledger, and its own oracles and draws.

    Args:
        algorithm: whose hypergradient, estimators, step sizes and projections it takes.
        point: its start, a row of each variable, 1×dim.
        edges: of the node.
        oracles, sampler: of this node alone.
        steps: of the run; schedules go to their end there, though a fast node takes more.
        silent_after: seconds after which the edge of a silent neighbour is dropped.

    Attributes:
        width: D, the entries of all variables that are mixed.
        state: its own, a row of each variable.
        ledger: what it has told and heard.
    """

    def __init__(
        self,
        algorithm: ComposedAlgorithm,
        point: Point,
        edges: NodeEdges,
        oracles: Oracles,
        sampler: Sampler,
        steps: int,
        silent_after: float = math.inf,
    ) -> None:
        # fixed per run
        self._algorithm, self._oracles, self._sampler = algorithm, oracles, sampler
        self._last = steps - 1
        sent = [bool(any(rule.mixing.sends())) for rule in algorithm.rules]
        ends = np.cumsum([V.shape[1] if sends else 0 for V, sends in zip(point, sent, strict=True)])
        starts = [0, *ends[:-1]]
        self._places = [
            slice(a, b) if s else None for a, b, s in zip(starts, ends.tolist(), sent, strict=True)
        ]
        self.width = int(ends[-1])
        # changes in every step
        self.state = State(0, tuple(Variable(V, np.zeros_like(V)) for V in point), point)
        self.ledger = Ledger(edges, self.width, point[0].dtype, silent_after)
        self._estimates: Sequence[Rows] = ()

    def estimate(self) -> None:
        """Estimate the direction at the state."""
        self._estimates = self._algorithm.estimates(self.state, self._oracles, self._sampler, lambda: None)

    def settle(self, now: float, watched: float) -> list[Message]:
        """Settle the ledger with what has come, and move; return what each neighbour is to hear, by ``tells``.

        ``watched`` is the time of this process by which neighbours fall silent.
        """
        step = self.state.step
        v = self._stepped(self.ledger.settle(self._joined(self._estimates), watched, first=step == 0))
        self._move(v)
        return self.ledger.messages(step, now, v)

    @property
    def finite(self) -> bool:
        """Whether its state holds neither NaN nor infinity."""
        return all(math.isfinite(np.vdot(V, V)) or np.isfinite(V).all() for V in self.state.point)

    def _joined(self, rows: Sequence[Rows]) -> Reals:
        """Return the rows of mixed variables one after another, (D,), as float64."""
        joined = np.empty(self.width)
        for V, place in zip(rows, self._places, strict=True):
            if place is not None:
                joined[place] = V[0]
        return joined

    def _stepped(self, tracker: Reals) -> Rows:
        """Return v = s − βt, (D,)."""
        v = np.empty(self.width, self.state.point[0].dtype)
        for rule, variable, place in self._parts():
            if place is not None:
                v[place] = variable.V[0] - rule.step(self._schedule_step) * tracker[place]
        return v

    def _move(self, v: Rows) -> None:
        """Move every variable: along the average of what has come, or alone, where it is not mixed."""
        average, moved = self.ledger.average(v), []
        for (rule, variable, place), U in zip(self._parts(), self._estimates, strict=True):
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
