"""The innovation channel: neighbours weigh what they decode of each other's rows, the own row through a codec too.

C_{i→j} = C(d_i − m_{i→j}),  m⁺ = m + δ C                   memories start at 0; without them (δ = 0) T = C(d_i)
T = m + C (He 2024 (14)), or T = m⁺ (12c)
result_i = w_ii T_{i→i} + Σ_j w_ij T_{j→i}                  He 2024 with W in the place of the server

An edge that is down: T = m, and neither end moves m; without memories T_{i→i} takes the place of T_{j→i}. Over a late
edge T_{j→i} comes τ rounds later, and nothing before the first.

Senders keep m for each edge. Receivers need Σ_j w_ij m_{j→i} alone for each τ, which moves by Σ_j δ w_ij C_{j→i}: one
row a node and τ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import IndexArray, Rows, Wire
from p2pbo.compression import Codec
from p2pbo.network.channels.channel import Channel, ChannelEdges, encode
from p2pbo.network.channels.edge_groups import EdgeGroup, Places, move
from p2pbo.network.checkpointing import CheckpointRows
from p2pbo.network.links.state import Up
from p2pbo.network.streams import Innovation
from p2pbo.randomness import Keys

EVERY = slice(None)
"""All edges of a group."""


class InnovationChannel(Channel[Rows]):
    """W T of decoded innovations T."""

    def __init__(self, edges: ChannelEdges, own: Codec, nodes: IndexArray, kind: Innovation) -> None:
        super().__init__(edges)
        delta = kind.delta
        self._nodes, self._rows, self._of_memory = nodes, np.arange(len(nodes)), kind.of_memory
        self._own = coder(own, len(nodes), delta)
        self._coders = [coder(route.codec, len(route.group.edges), delta) for route in edges.leaving]
        late = range(self.delay_line.delay + 1)
        self._remembered = [np.zeros((len(nodes), own.dim)) for _ in late if delta != 0]

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """List m of every edge, m of every node's own code, and Σ w m of every node by lateness."""
        sent = [
            (route.group.edges, coder.memory) for route, coder in zip(self.leaving, self._coders, strict=True)
        ]
        heard = [(f"heard_memory/{late}", memory) for late, memory in enumerate(self._remembered)]
        mine = [("own_memory", self._own.memory), *heard]
        return [
            *super().checkpoint_rows(),
            *(CheckpointRows("memory", "edge", edges, m) for edges, m in sent if m is not None),
            *(CheckpointRows(name, "node", self._nodes, m) for name, m in mine if m is not None),
        ]

    def recover(self) -> None:
        """Set m = 0 at both ends: receivers could not take a dead neighbour's m out of their sums."""
        self.begin_again()

    def send(self, D: Rows, wires: Sequence[Wire], up: Up | None) -> None:
        """Write C(d − m) of every edge, and let m follow."""
        for route, wire, coder in zip(self.leaving, wires, self._coders, strict=True):
            keys = self.draws.innovations(self.round, route.group.edges)
            coder.encode(D, route.group.row, keys, wire, route.group.at(up))

    def receive(self, D: Rows, wires: Sequence[Wire], up: Up | None) -> Rows:
        """Return W T."""
        own, WC = self._encoded(D), Sums(D.shape, np.dtype(np.float64) if self._remembered else D.dtype)
        self._own.add(WC.of(0, self._own.delta), self._rows, self.self_weight[:, 0], *own)
        for route, wire, coder in zip(self.arriving, wires, self._coders, strict=True):
            group, at, into = route.group, route.group.at(up), WC.of(route.late, coder.delta)
            keys = self.draws.innovations(self.round, group.edges)
            coder.add(into, group.row[at], group.weight[at], keys[at], wire[at])
            if up is not None and not self._remembered:
                self._replace(into, group, ~up[group.edges], own)
        WT = self._remember(0, WC).astype(D.dtype, copy=False)
        for late in range(1, self.delay_line.delay + 1):
            into = self.delay_line.into(late, WT)
            into += self._remember(late, WC)
        self.delay_line.arrive(WT)
        self.round += 1
        return WT

    def _encoded(self, S: Rows) -> tuple[Keys, Wire]:
        """Return C(d_i − m_{i→i}), and the keys that it was made with."""
        keys = self.draws.own(self.round, self._nodes)
        wire = np.empty((len(S), self._own.codec.wire_bytes), np.uint8)
        self._own.encode(S, self._rows, keys, wire)
        return keys, wire

    def _replace(self, WC: Rows, group: EdgeGroup, lost: NDArray[np.bool_], own: tuple[Keys, Wire]) -> None:
        """Add w_ij T_{i→i} in the place of what the group's edges have lost."""
        row, (keys, wire) = group.row[lost], own
        self._own.add(WC, row, group.weight[lost], keys[row], wire[row])

    def _remember(self, late: int, WC: Sums) -> Rows:
        """Return W T of the edges that are so many rounds late, and let Σ w m follow."""
        if not self._remembered:
            return WC.of(late, 0.0)
        memory, arrived = self._remembered[late], WC.late(late)
        WT = memory.copy()
        for delta, rows in arrived:
            WT += rows  # m + C
            rows *= delta
            memory += rows  # m⁺ = m + δ C
        return memory.copy() if self._of_memory else WT


class Sums:
    """Σ_j w_ij C_{j→i} of a round, hosted×dim, apart for each lateness and each rate δ."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self._shape, self._dtype = shape, dtype
        self._sums: dict[tuple[int, float], Rows] = {}

    def of(self, late: int, delta: float) -> Rows:
        """Look up the sum over edges of one lateness and rate, to be added to."""
        if (late, delta) not in self._sums:
            self._sums[late, delta] = np.zeros(self._shape, self._dtype)
        return self._sums[late, delta]

    def late(self, late: int) -> list[tuple[float, Rows]]:
        """List (δ, sum) of one lateness."""
        return [(delta, rows) for (of, delta), rows in self._sums.items() if of == late]


class Coder:
    """Coder of whole rows, for any codec; senders' memories are one row an edge.

    ``delta`` is the rate at which memories follow; None: the codec's own; 0: there are none.

    Memories, and what is added to them, are in float64 whatever rows are: a sender's m and its receivers' Σ w m add up
    the same C apart from each other, and in float32 the two would part by a little in every step.
    """

    def __init__(self, codec: Codec, edges: int, delta: float | None) -> None:
        self.codec, self.delta = codec, codec.rate if delta is None else delta
        self.memory = np.zeros((edges, codec.dim)) if self.delta else None

    def encode(self, D: Rows, source: IndexArray, keys: Keys, wire: Wire, up: Places = EVERY) -> None:
        """Write C(d − m) of edges that leave the rows ``source``, and add δ C(d − m) to m at the places that are up."""
        if self.memory is None:
            encode(self.codec, D[source], source, keys, wire)
            return
        difference = (D[source] - self.memory).astype(self.codec.dtype, copy=False)
        encode(self.codec, difference, source, keys, wire)
        move(self.memory, up, self.delta * self._decoded(keys[up], wire[up]))

    def add(self, WC: Rows, target: IndexArray, weight: np.ndarray, keys: Keys, wire: Wire) -> None:
        """Add w C to the rows ``target``."""
        for i, w, C in zip(target, weight.tolist(), self._decoded(keys, wire), strict=True):
            C *= w
            WC[i] += C

    def _decoded(self, keys: Keys, wire: Wire) -> Rows:
        C = np.empty((len(wire), self.codec.dim), self.codec.dtype)
        self.codec.decode(wire, keys, C)
        return C if self.memory is None else C.astype(np.float64, copy=False)


class EntryCoder(Coder):
    """Coder of the entries that a codec sends, which alone are touched; they are scaled by 1 + ω on arrival."""

    def encode(self, D: Rows, source: IndexArray, keys: Keys, wire: Wire, up: Places = EVERY) -> None:
        """Write (d − m)[positions], and let m follow there."""
        rates = np.zeros(len(source))
        rates[up] = self.delta * (1 + (self.codec.omega or 0))
        each = zip(
            source, rates.tolist(), self.codec.positions(keys), wire.view(self.codec.dtype), strict=True
        )
        for edge, (i, rate, at, sent) in enumerate(each):
            np.take(D[i], at, out=sent, mode="clip")
            if self.memory is not None:
                sent -= self.memory[edge][at]
                self.memory[edge][at] += rate * sent.astype(np.float64, copy=False)

    def add(self, WC: Rows, target: IndexArray, weight: np.ndarray, keys: Keys, wire: Wire) -> None:
        """Add w (1 + ω) times what arrived at its positions."""
        scales = (weight * (1 + (self.codec.omega or 0))).tolist()
        arrived = wire.view(self.codec.dtype)
        for i, scale, at, values in zip(target, scales, self.codec.positions(keys), arrived, strict=True):
            WC[i][at] += scale * values.astype(WC.dtype, copy=False)


def coder(codec: Codec, edges: int, delta: float | None) -> Coder:
    """Return the cheapest coder of a codec."""
    return (Coder if codec.entries is None else EntryCoder)(codec, edges, delta)
