"""The difference channel: each end of a directed edge keeps a replica r_{i→j} of what j knows of s_i.

q_{i→j} = C(s_i − r_{i→j}),   r_{i→j} ← r_{i→j} + q/(1+ω)     (biased codecs: + q)
s_i⁺ = s_i + γ Σ_j w_ij (r_{j→i} − r_{i→j})

Both ends change the replica by what was decoded, so that they stay equal; over an edge that is down neither does, and
nothing is averaged. The sum over i vanishes, so that the average stays. Where nodes agree and replicas have caught up
nothing moves.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from p2pbo.arrays import Rows, Wire
from p2pbo.network.channels.channel import Channel, ChannelEdges, Route, encode
from p2pbo.network.channels.edge_groups import move
from p2pbo.network.checkpointing import CheckpointRows
from p2pbo.network.links.state import Up
from p2pbo.randomness import Keys


class DifferenceChannel(Channel[Rows]):
    """Averages replicas, which any codec's messages keep up to date."""

    def __init__(self, edges: ChannelEdges, donated: bool, consensus_step: float | None = None) -> None:
        super().__init__(edges)
        self._donated = donated
        self._gamma = consensus_step
        self._known = [_replicas(route) for route in edges.leaving]  # r_{i→j}, one row an edge
        self._heard = [
            known if route.local else _replicas(route)  # r_{j→i}
            for route, known in zip(edges.arriving, self._known, strict=True)
        ]
        self._backs = edges.backs()

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """Return r of every edge, of which the other end has the same."""
        both = [(self.leaving, self._known, True), (self.arriving, self._heard, False)]
        return super().checkpoint_rows() + [
            CheckpointRows("replica", "edge", route.group.edges, rows, owned)
            for routes, replicas, owned in both
            for route, rows in zip(routes, replicas, strict=True)
            if owned or not route.local
        ]

    def send(self, S: Rows, wires: Sequence[Wire], up: Up | None) -> None:
        """Write q of every edge, and let its replica follow."""
        for route, wire, known in zip(self.leaving, wires, self._known, strict=True):
            group = route.group
            keys = self.draws.differences(self.round, group.edges)
            encode(route.codec, S[group.row] - known, group.row, keys, wire)
            _follow(known, route, keys, wire, up)

    def receive(self, S: Rows, wires: Sequence[Wire], up: Up | None) -> Rows:
        """Return S + γ Σ w (r_{j→i} − r_{i→j})."""
        mixed = S if self._donated else S.copy()
        for route, wire, known, heard, back in zip(
            self.arriving, wires, self._known, self._heard, self._backs, strict=True
        ):
            group = route.group
            if not route.local:
                _follow(heard, route, self.draws.differences(self.round, group.edges), wire, up)
            gamma = self._gamma if self._gamma is not None else route.codec.consensus_step
            into = self.delay_line.into(route.late, mixed)
            for turn in group.turns(up):
                weight = (gamma * group.weight[turn, None]).astype(S.dtype)
                into[group.row[turn]] += weight * (heard[turn] - known[back[turn]])
        self.delay_line.arrive(mixed)
        self.round += 1
        return mixed


def _replicas(route: Route) -> Rows:
    return np.zeros((len(route.group.edges), route.codec.dim), route.codec.dtype)


def _follow(replicas: Rows, route: Route, keys: Keys, wire: Wire, up: Up | None) -> None:
    at = route.group.at(up)
    q = np.empty_like(replicas[at])
    route.codec.decode(wire[at], keys[at], q)
    q *= route.codec.rate
    move(replicas, at, q)
