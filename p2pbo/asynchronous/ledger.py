"""The ledger of one node: trackers as running sums of what neighbours have been told, and have told.

t½ = u⁺ + Σ_j ρ̃_ij − Σ_j ρ_ji               ρ̃_ij the newest running sum heard of j, ρ_ji the one told to j
t  = w_ii t½,   ρ_ji ← ρ_ji + w_ji t½       the first t is u⁺, and nothing is told of it

Over all nodes Σ t + Σ (ρ − ρ̃) = Σ u for ever: a message that is lost, late or doubled changes no sum, as the next one
carries all. ρ is float64 whatever the type of the run: a ledger must not round.

An edge that is dropped leaves both ledgers: its ρ̃ and ρ are 0 from then on, and its weights are the node's own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from p2pbo.arrays import Rows
from p2pbo.asynchronous.messages import DROPPED, INCARNATION, NOTHING, Heard, Message
from p2pbo.asynchronous.node_edges import Integers, NodeEdges, Reals

SILENT, DEAF, TOLD = "which has been silent", "which hears nothing of it", "which has dropped it"
"""What is wrong with a neighbour whose edge is dropped."""


class Drop(NamedTuple):
    """An edge that a node has dropped, by its place among those over which it hears, and why."""

    place: int
    cause: str


class Ledger:
    """What a node has told and heard, and the weights of its edges.

    Args:
        edges: of the node.
        width: D, the entries of all variables that are mixed.
        dtype: of the run.
        silent_after: seconds without a word of a neighbour, or without a sign that it hears, after which its edge is
            dropped.

    Attributes:
        heard: by edges in the order of ``edges.hears``.
        told: (edges, D) ρ of each neighbour, in the order of ``edges.tells``.
        half: (D,) t½ of the last step.
        dropped: edges that have been dropped, in turn.
        incarnation: how often the run has been resumed.
    """

    def __init__(
        self, edges: NodeEdges, width: int, dtype: np.dtype[np.floating], silent_after: float = math.inf
    ) -> None:
        # fixed per run
        self._hears, self._paired, self._silent_after = edges.hears, edges.paired, silent_after
        # changes with an edge that is dropped
        self._pull, self._own_pull = edges.pull.copy(), edges.own_pull
        self._push, self._own_push = edges.push.copy(), edges.own_push
        self._kept = np.ones(len(edges.hears), dtype=bool)
        self.dropped: list[Drop] = []
        # changes in every step
        self.heard = Heard.nothing(len(edges.hears), width, dtype)
        self.told = np.zeros((len(edges.tells), width))
        self.half = np.zeros(width)
        self.incarnation = 0

    def hear(self, edge: int, message: Message, now: float) -> None:
        """Take a message that has come over a directed edge into the node."""
        place = int(np.searchsorted(self._hears, edge))
        if self._kept[place]:
            self.heard.take(place, message, now)
            if message.echo == DROPPED:
                self._drop(place, TOLD)

    def settle(self, u: Reals, now: float, *, first: bool) -> Reals:
        """Return the tracker (D,) of a step whose estimate is ``u``, and set aside what neighbours get of it."""
        self._drop_silent(now)
        # t½ = u⁺ + Σ ρ̃ − Σ ρ
        self.half = u + self.heard.mass.sum(axis=0) - self.told.sum(axis=0)
        if first:
            return self.half
        # t = w_ii t½,   ρ_ji ← ρ_ji + w_ji t½
        self.told = self.told + self._push[:, None] * self.half
        return self._own_push * self.half

    def average(self, v: Rows) -> Rows:
        """Return w_ii v + Σ w_ij ṽ_j, (D,); ṽ_j is the node's own v where none has come."""
        others = np.where(self.heard.any[:, None], self.heard.v, v)
        return (self._own_pull * v + self._pull @ others).astype(v.dtype, copy=False)

    def messages(self, step: int, now: float, v: Rows) -> list[Message]:
        """Return what each neighbour is to hear after a step, in the order of ``edges.tells``."""
        stamp = self.incarnation * INCARNATION + step
        return [
            Message(stamp, now, echo, v, mass) for echo, mass in zip(self._echoes(), self.told, strict=True)
        ]

    def resume(self, now: float) -> None:
        """Go on from a checkpoint: stamps are newer than all before, and nobody has been silent yet."""
        self.incarnation += 1
        self.heard.arrived[:] = self.heard.echoed[:] = now

    def ages(self, now: float) -> Reals:
        """Return how long ago the rows were sent that the node has of each neighbour it has heard of."""
        return now - self.heard.times[self.heard.any & self._kept]

    @property
    def drop_turns(self) -> Integers:
        """The turn, from 1, in which each edge has been dropped, (edges,); 0: it is kept."""
        turns = np.zeros(len(self._kept), dtype=np.int64)
        turns[[drop.place for drop in self.dropped]] = 1 + np.arange(len(self.dropped))
        return turns

    def drop_again(self, turns: Integers) -> None:
        """Drop the edges that a checkpoint has dropped, by :attr:`drop_turns`."""
        for place in np.argsort(turns)[int(np.sum(turns == 0)) :].tolist():
            self._drop(place, TOLD)

    def _echoes(self) -> list[int]:
        """Return what neighbours are told of what has been heard of them; nothing where edges have none back."""
        if not self._paired:
            return [NOTHING] * len(self.told)
        return np.where(self._kept, self.heard.stamps, DROPPED).tolist()

    def _drop_silent(self, now: float) -> None:
        for place, cause in self._silent(now):
            self._drop(place, cause)

    def _silent(self, now: float) -> Iterator[Drop]:
        if now <= self._silent_after:
            return
        heard = self.heard
        # its last word knew of nothing newer than it had heard so long before
        lasting = {SILENT: now - heard.arrived, DEAF: heard.arrived - heard.echoed}
        for cause, seconds in lasting.items():
            for place in np.flatnonzero(self._kept & (seconds > self._silent_after)).tolist():
                yield Drop(place, cause)

    def _drop(self, place: int, cause: str) -> None:
        self._kept[place] = False
        self.dropped.append(Drop(place, cause))
        self.told = self.told.copy()  # messages on their way have rows of it
        self.heard.mass[place] = self.told[place] = 0
        self._own_pull, self._pull[place] = self._own_pull + self._pull[place], 0
        self._own_push, self._push[place] = self._own_push + self._push[place], 0
