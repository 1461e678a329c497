"""The difference channel: each end of a directed edge keeps a replica r_{i→j} of what j knows of s_i.

q_{i→j} = C(s_i − r_{i→j}),   r_{i→j} ← r_{i→j} + q/(1+ω)     (biased codecs: + q)
s_i⁺ = s_i + γ Σ_j w_ij (r_{j→i} − r_{i→j})

Both ends change the replica by what was decoded, so that they stay equal; the sum over i vanishes, so that the average
stays. Where nodes agree and replicas have caught up nothing moves.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from p2pbo.network.channels.channel import Channel, Edges, Route, Wire
from p2pbo.network.mixing import Rows
from p2pbo.randomness import Keys


class Difference(Channel):
    """Averages replicas, which any codec's messages keep up to date."""

    def __init__(self, edges: Edges, consensus_step: float | None = None) -> None:
        super().__init__(edges)
        routes = edges.routes
        self._gamma = consensus_step
        self._known = [_replicas(route, len(route.lane.out)) for route in routes]  # r_{i→j}, one row an edge
        self._heard = [
            known if route.local else _replicas(route, len(route.lane.into))  # r_{j→i}
            for route, known in zip(routes, self._known, strict=True)
        ]

    def send(self, S: Rows, wires: Sequence[Wire]) -> None:
        """q of every edge; its replica follows."""
        for route, wire, known in zip(self.routes, wires, self._known, strict=True):
            lane = route.lane
            keys = self.draws.differences(self.round, lane.out)
            route.codec.encode(S[lane.source] - known, keys, wire)
            _follow(known, route, keys, wire)

    def receive(self, S: Rows, wires: Sequence[Wire], consumed: bool) -> Rows:
        """S + γ Σ w (r_{j→i} − r_{i→j})."""
        mixed = S if consumed else S.copy()
        for route, wire, known, heard in zip(self.routes, wires, self._known, self._heard, strict=True):
            lane = route.lane
            if not route.local:
                _follow(heard, route, self.draws.differences(self.round, lane.into), wire)
            gamma = self._gamma if self._gamma is not None else route.codec.consensus_step
            for turn in lane.turns:
                weight = (gamma * lane.weight[turn, None]).astype(S.dtype)
                mixed[lane.target[turn]] += weight * (heard[turn] - known[lane.back[turn]])
        self.round += 1
        return mixed


def _replicas(route: Route, edges: int) -> Rows:
    return np.zeros((edges, route.codec.dim), route.codec.dtype)


def _follow(replicas: Rows, route: Route, keys: Keys, wire: Wire) -> None:
    q = np.empty_like(replicas)
    route.codec.decode(wire, keys, q)
    replicas += q if route.codec.omega is None else q / (1 + route.codec.omega)
