"""The channel of low-rank edges: power steps on the difference of an edge's ends (PowerGossip, Vogels 2020).

Δ = V_high − V_low, by the numbers of the two nodes; w = w_ij
even rounds   both send V q̂    P = Δ q̂    s_low += w P q̂ᵀ,   s_high −= w P q̂ᵀ    p̂ = orth(P)
odd rounds    both send Vᵀ p̂   Q = Δᵀ p̂   s_low += w p̂ Qᵀ,   s_high −= w p̂ Qᵀ    q̂ = orth(Q)

Both ends take the same difference of the two payloads as sent, so that they add and subtract the same bits, and have
the same direction next time: the average stays, and nothing moves where nodes agree. An undirected edge counts its own
rounds: one in which it is down leaves count and direction. The count goes with each payload, since a message lost one
way could not be repaired. The first q̂ is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import IndexArray, Rows, Wire
from p2pbo.compression import NotFinite
from p2pbo.compression.codec import require_finite
from p2pbo.compression.low_rank import RIGHT, LowRankFactors, Shapes
from p2pbo.network.channels.channel import Channel, ChannelEdges, Route
from p2pbo.network.channels.edge_groups import EdgeGroup
from p2pbo.network.checkpointing import CheckpointRows
from p2pbo.network.links.state import Up
from p2pbo.network.wire.header import PeerError
from p2pbo.randomness import Keys

COUNT = np.dtype(np.int64)
"""What the number of an edge's rounds is sent as."""

HEAD = COUNT.itemsize

Payloads = tuple[IndexArray, Wire]
"""Some places of a group, and the payloads of the edges there."""

AT_ONCE = 2**17
"""Entries of rows that are worked on together."""


@dataclass(frozen=True, eq=False)
class LowRankRoute:
    """A group of edges both ways, and the directions that both ends know.

    Attributes:
        out, into: the edges that leave this rank's nodes, and the same the other way.
        factors: products with rows of rank R.
        direction: q̂ or p̂ of each edge of ``out``, whichever its next round takes, and zeros behind it.
    """

    out: Route
    into: Route
    factors: LowRankFactors
    direction: Rows

    @cached_property
    def reverse(self) -> IndexArray:
        """Where the reverse of each edge of ``out`` stands in ``into``."""
        return self.out.group.back(self.into.group)

    @cached_property
    def leaves_low(self) -> NDArray[np.bool_]:
        """Which edges of ``out`` leave the end of the lower number."""
        return self.out.group.edges < self.out.group.reverse

    def once(self, up: Up | None) -> IndexArray:
        """Return the places of edges of ``out`` that are up; of those within this rank one way, which does for both."""
        chosen = self.leaves_low if self.out.local else np.ones_like(self.leaves_low)
        return (chosen if up is None else chosen & up[self.out.group.edges]).nonzero()[0]

    def known(self, at: IndexArray, side: int) -> Rows:
        """Return the directions at some places, which are on the other side than the factor that is due."""
        return self.direction[at, : self.factors.sizes[1 - side]]

    def turn(self, at: IndexArray, factor: Rows, side: int, keys: Keys) -> None:
        """Let the directions at some places be those of a factor, which is made orthonormal."""
        self.factors.orthonormalize(factor, side, keys)
        self.direction[at, : factor.shape[1]] = factor
        if self.out.local:
            self.direction[self.reverse[at], : factor.shape[1]] = factor

    @cached_property
    def ends(self) -> tuple[IndexArray, IndexArray]:
        """The hosted rows of the lower and of the higher end of each edge of ``out``; −1: another rank hosts it."""
        here = self.out.group.row
        there = self.into.group.row if self.out.local else np.full_like(here, -1)
        return np.where(self.leaves_low, here, there), np.where(self.leaves_low, there, here)

    def move(self, rows: Rows, at: IndexArray, steps: Rows) -> None:
        """Add steps to the lower ends of the edges at some places, and subtract them from the higher ends."""
        lower, higher = self.ends
        for low, high, step in zip(lower[at].tolist(), higher[at].tolist(), steps, strict=True):
            if low >= 0:
                rows[low] += step
            if high >= 0:
                rows[high] -= step


class LowRankChannel(Channel[Rows]):
    """Averages of states along directions that both ends of an edge know."""

    varying = True

    def __init__(self, edges: ChannelEdges, donated: bool, shapes: Shapes) -> None:
        super().__init__(edges)
        first = edges.codecs[0]
        self._donated, self._dim, self._dtype = donated, first.dim, first.dtype
        factors = {rank: LowRankFactors(shapes, rank) for rank in {codec.rank or 1 for codec in edges.codecs}}
        sizes = np.array([factors[codec.rank or 1].sizes for codec in edges.codecs])
        self._widest, self._payload_bytes = int(sizes.max()), HEAD + self._dtype.itemsize * sizes
        # rounds of each directed edge so far, alike both ways
        self._turns = np.zeros(len(edges.codecs), COUNT)
        self._routes = [
            LowRankRoute(out, into, factors[out.codec.rank or 1], self._zeros(len(out.group.edges)))
            for out, into in zip(self.leaving, self.arriving, strict=True)
        ]
        self._draw_directions()

    def _draw_directions(self) -> None:
        for route in self._routes:
            nothing = self._zeros(len(route.direction))[:, : route.factors.sizes[RIGHT]]
            route.turn(np.arange(len(nothing)), nothing, RIGHT, self._keys(route, slice(None)))

    def begin_again(self) -> None:
        """Count each edge's rounds from 0, and draw its direction as before the first."""
        super().begin_again()
        self._draw_directions()

    @property
    def edge_bytes(self) -> NDArray[np.int64]:
        """The payload of every directed edge of the network in this round."""
        return self._payload_bytes[np.arange(len(self._turns)), self._turns & 1]

    @property
    def most_edge_bytes(self) -> NDArray[np.int64]:
        """The payload of every directed edge in the longer kind of its rounds."""
        return self._payload_bytes.max(axis=1)

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """Return each edge's count and its present direction, q̂ or p̂."""
        edges = np.arange(len(self._turns))
        mine = np.concatenate([np.zeros(0, np.int64), *(route.group.edges for route in self.leaving)])
        first, end = (int(mine.min()), int(mine.max()) + 1) if len(mine) else (0, 0)
        parts = [(slice(first), False), (slice(first, end), True), (slice(end, None), False)]
        return [
            *super().checkpoint_rows(),
            *(CheckpointRows("turns", "edge", edges[part], self._turns[part], own) for part, own in parts),
            *(CheckpointRows("direction", "edge", r.out.group.edges, r.direction) for r in self._routes),
        ]

    def send(self, S: Rows, wires: Sequence[Wire], up: Up | None) -> None:
        """Write V q̂ or Vᵀ p̂ of every edge, behind its count."""
        self._sent = wires
        for route, wire in zip(self._routes, wires, strict=True):
            group = route.out.group
            for side, (places, payloads) in enumerate(self._payloads(route, group, wire)):
                payloads[:, :HEAD] = self._turns[group.edges[places], None].view(np.uint8)
                for some in self._blocks(np.arange(len(places))):
                    at = places[some]
                    numbers = route.factors.project(S[group.row[at]], route.known(at, side), side)
                    _require_finite(numbers, group.row[at])
                    payloads[some, HEAD:] = numbers.view(np.uint8)

    def receive(self, S: Rows, wires: Sequence[Wire], up: Up | None) -> Rows:
        """Return S, each edge's ends moved towards each other, and turn the directions."""
        mixed = S if self._donated else S.copy()
        for route, sent, arrived in zip(self._routes, self._sent, wires, strict=True):
            into = self.delay_line.into(route.out.late, mixed)
            mine = self._payloads(route, route.out.group, sent)
            theirs = self._payloads(route, route.into.group, arrived)
            for at in self._blocks(route.once(up)):
                route.move(into, at, self._steps(route, at, mine, theirs))
        self.delay_line.arrive(mixed)
        self._turns += 1 if up is None else up
        self.round += 1
        return mixed

    def _steps(
        self, route: LowRankRoute, at: IndexArray, mine: Sequence[Payloads], theirs: Sequence[Payloads]
    ) -> Rows:
        """Return w P q̂ᵀ or w p̂ Qᵀ of the edges at some places, and turn their directions."""
        edges = route.out.group.edges[at]
        steps = np.empty((len(at), self._dim), self._dtype)
        for side, ((places, sent), (there, arrived)) in enumerate(zip(mine, theirs, strict=True)):
            of_side = (self._turns[edges] & 1 == side).nonzero()[0]
            if not len(of_side):
                continue
            some = at[of_side]
            own = sent[np.searchsorted(places, some)]
            other = arrived[np.searchsorted(there, route.reverse[some])]
            self._check_counts(edges[of_side], other)
            minus, plus = _numbers(own, self._dtype), _numbers(other, self._dtype)
            low = route.leaves_low[some, None]
            P = np.where(low, plus - minus, minus - plus)  # Δ q̂, or Δᵀ p̂
            w = route.out.group.weight[some, None].astype(self._dtype)
            steps[of_side] = route.factors.expand(w * P, route.known(some, side), side)
            route.turn(some, P, side, self._keys(route, some, self.round + 1))
        return steps

    def _payloads(self, route: LowRankRoute, group: EdgeGroup, wire: Wire) -> list[Payloads]:
        """Return, for each side of the factors, which edges of a route's group send such, and their payloads."""
        begin, turns, found = 0, self._turns[group.edges] & 1, []
        for side, size in enumerate(route.factors.sizes):
            places = (turns == side).nonzero()[0]
            width = HEAD + self._dtype.itemsize * size
            end = begin + len(places) * width
            found.append((places, wire[0, begin:end].reshape(len(places), width)))
            begin = end
        return found

    def _check_counts(self, edges: IndexArray, arrived: Wire) -> None:
        """Check that both ends of some edges are in the same round.

        Raises:
            PeerError: they are not.
        """
        counts = _numbers(arrived, COUNT, slice(HEAD))[:, 0]
        for edge, count in zip(edges.tolist(), counts.tolist(), strict=True):
            if count != self._turns[edge]:
                i, j = self.draws.source[edge], self.draws.target[edge]
                raise PeerError(
                    f"node {j} is in round {count} of its low-rank edge to node {i}, which is in round "
                    f"{self._turns[edge]}: a message was lost one way, which cannot be repaired"
                )

    def _keys(self, route: LowRankRoute, at: IndexArray | slice, round_: int = 0) -> Keys:
        return self.draws.masks(round_, route.out.group.edges[at])

    def _zeros(self, edges: int) -> Rows:
        """Return room for a factor of either side and any rank for each edge."""
        return np.zeros((edges, self._widest), self._dtype)

    def _blocks(self, places: IndexArray) -> Iterator[IndexArray]:
        """Yield as many places at once as have not too many entries."""
        size = max(1, AT_ONCE // self._dim)
        return (places[begin : begin + size] for begin in range(0, len(places), size))


def _numbers(payloads: Wire, dtype: np.dtype[Any], part: slice = slice(HEAD, None)) -> NDArray[Any]:
    """Return what payloads hold behind their counts, or in another part."""
    return np.ascontiguousarray(payloads[:, part]).view(dtype)


def _require_finite(numbers: Rows, source: IndexArray) -> None:
    """Check that what hosted rows send is finite, and their differences are.

    Raises:
        NotFinite: a number is not; names the hosted row.
    """
    try:
        require_finite(numbers, below=float(np.finfo(numbers.dtype).max) / 4)
    except NotFinite as error:
        raise NotFinite(int(source[error.row])) from None
