"""The innovation channel: neighbours weigh what they decode of each other's rows, the own row through a codec too.

C_{i→j} = C(d_i − m_{i→j}),  T = m + C,  m ← m + δ C        memories start at 0; without them (δ = 0) T = C(d_i)
result_i = w_ii T_{i→i} + Σ_j w_ij T_{j→i}                  He 2024 with W in the place of the server

Senders keep m for each edge. Receivers need Σ_j w_ij m_{j→i} alone, which moves by δ Σ_j w_ij C_{j→i}: one row a node.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from p2pbo.compression import Codec
from p2pbo.network.channels.channel import Channel, Edges, Wire
from p2pbo.network.lanes import Index
from p2pbo.network.memory import Memory
from p2pbo.network.mixing import Rows
from p2pbo.network.streams import Stream
from p2pbo.randomness import Keys


class Innovations(Channel):
    """W T of decoded innovations T.

    ``delta`` is the rate at which memories follow; None: the smallest contraction of the edges' codecs.
    """

    def __init__(self, edges: Edges, own: Codec, nodes: Index, delta: float | None = 0.0) -> None:
        super().__init__(edges)
        self._delta = min(codec.delta for codec in (own, *edges.codecs)) if delta is None else delta
        self._nodes = nodes
        self._own = coder(own, len(nodes), self._delta)
        self._coders = [coder(route.codec, len(route.lane.edges), self._delta) for route in edges.leaving]
        self._remembered = np.zeros((len(nodes), own.dim), own.dtype) if self._delta else None

    def memories(self) -> list[Memory]:
        """m of every edge and of the own code, and Σ w m of every node."""
        sent = zip(self.leaving, self._coders, strict=True)
        mine = {"own": self._own.memory, "heard": self._remembered}
        return [
            *(Memory("sent", "edge", r.lane.edges, c.memory) for r, c in sent if c.memory is not None),
            *(Memory(name, "node", self._nodes, m) for name, m in mine.items() if m is not None),
        ]

    def send(self, stream: Stream, wires: Sequence[Wire]) -> None:
        """C(d − m) of every edge; m follows."""
        for route, wire, coder in zip(self.leaving, wires, self._coders, strict=True):
            keys = self.draws.innovations(self.round, route.lane.edges)
            coder.encode(stream.rows, route.lane.row, keys, wire)

    def receive(self, stream: Stream, wires: Sequence[Wire]) -> Rows:
        """W T."""
        S = stream.rows
        WC = np.zeros_like(S)
        everyone, keys = np.arange(len(S)), self.draws.own(self.round, self._nodes)
        wire = np.empty((len(S), self._own.codec.wire_bytes), np.uint8)
        self._own.encode(S, everyone, keys, wire)
        self._own.add(WC, everyone, self.self_weight[:, 0], keys, wire)
        for route, wire, coder in zip(self.arriving, wires, self._coders, strict=True):
            keys = self.draws.innovations(self.round, route.lane.edges)
            coder.add(WC, route.lane.row, route.lane.weight, keys, wire)
        self.round += 1
        if self._remembered is None:
            return WC
        WT = self._remembered + WC
        WC *= self._delta
        self._remembered += WC
        return WT


class Coder:
    """Codes whole rows: any codec; senders' memories are one row an edge."""

    def __init__(self, codec: Codec, edges: int, delta: float) -> None:
        self.codec, self._delta = codec, delta
        self.memory = np.zeros((edges, codec.dim), codec.dtype) if delta else None

    def encode(self, D: Rows, source: Index, keys: Keys, wire: Wire) -> None:
        """C(d − m) of the edges that leave the rows ``source``; m ← m + δ C(d − m)."""
        if self.memory is None:
            self.codec.encode(D[source], keys, wire)
            return
        self.codec.encode(D[source] - self.memory, keys, wire)
        self.memory += self._delta * self._decoded(keys, wire)

    def add(self, WC: Rows, target: Index, weight: np.ndarray, keys: Keys, wire: Wire) -> None:
        """Add w C to the rows ``target``."""
        for i, w, C in zip(target, weight.tolist(), self._decoded(keys, wire), strict=True):
            C *= w
            WC[i] += C

    def _decoded(self, keys: Keys, wire: Wire) -> Rows:
        C = np.empty((len(wire), self.codec.dim), self.codec.dtype)
        self.codec.decode(wire, keys, C)
        return C


class EntryCoder(Coder):
    """Touches the entries that a codec sends, and no others; they are scaled by 1 + ω when they have arrived."""

    def encode(self, D: Rows, source: Index, keys: Keys, wire: Wire) -> None:
        """(d − m)[positions]; m follows there."""
        scale = self._delta * (1 + (self.codec.omega or 0))
        for edge, (i, at, sent) in enumerate(
            zip(source, self.codec.positions(keys), wire.view(self.codec.dtype), strict=True)
        ):
            np.take(D[i], at, out=sent, mode="clip")
            if self.memory is not None:
                sent -= self.memory[edge][at]
                self.memory[edge][at] += scale * sent

    def add(self, WC: Rows, target: Index, weight: np.ndarray, keys: Keys, wire: Wire) -> None:
        """Add w (1 + ω) times what arrived at its positions."""
        scales = (weight * (1 + (self.codec.omega or 0))).tolist()
        arrived = wire.view(self.codec.dtype)
        for i, scale, at, values in zip(target, scales, self.codec.positions(keys), arrived, strict=True):
            WC[i][at] += scale * values


def coder(codec: Codec, edges: int, delta: float) -> Coder:
    """The cheapest coder of a codec."""
    return (Coder if codec.entries is None else EntryCoder)(codec, edges, delta)
