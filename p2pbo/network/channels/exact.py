"""The exact channel: rows as they are, for a variable without a codec beside others that have one.

s_i⁺ = w_ii s_i + Σ_j w_ij s_j        an edge that is down gives its weight back to w_ii
Δ_i  = Σ_j w_ij (s_i − s_j)           the same as (I − W) S, of which the sum over i is 0
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from p2pbo.network.channels.channel import Channel, Wire
from p2pbo.network.links.state import Up
from p2pbo.network.mixing.product import Rows
from p2pbo.network.streams import Stream


class Exact(Channel):
    """W S."""

    def send(self, stream: Stream, wires: Sequence[Wire], up: Up | None) -> None:
        """The rows."""
        S = stream.rows
        for route, wire in zip(self.leaving, wires, strict=True):
            S.take(route.lane.row, axis=0, out=wire.view(S.dtype))

    def receive(self, stream: Stream, wires: Sequence[Wire], up: Up | None) -> Rows:
        """Return W S."""
        S = stream.rows
        mixed = self._own_weight(up).astype(S.dtype) * S
        for route, wire in zip(self.arriving, wires, strict=True):
            lane, arrived = route.lane, wire.view(S.dtype)
            for turn in lane.turns(up):
                mixed[lane.row[turn]] += lane.weight[turn, None].astype(S.dtype) * arrived[turn]
        self.round += 1
        return mixed

    def _own_weight(self, up: Up | None) -> Rows:
        if up is None:
            return self.self_weight
        weight = self.self_weight.copy()
        for lane in (route.lane for route in self.arriving):
            down = ~up[lane.edges]
            np.add.at(weight[:, 0], lane.row[down], lane.weight[down])
        return weight


class ExactLaplacian(Exact):
    """(I − W) S, as differences in float64: what i loses to j, j gains from i."""

    def receive(self, stream: Stream, wires: Sequence[Wire], up: Up | None) -> Rows:
        """Return Σ_j w_ij (s_i − s_j)."""
        S = stream.rows.astype(np.float64)
        differences = np.zeros_like(S)
        for route, wire in zip(self.arriving, wires, strict=True):
            lane, arrived = route.lane, wire.view(stream.rows.dtype)
            for turn in lane.turns(up):
                differences[lane.row[turn]] += lane.weight[turn, None] * (S[lane.row[turn]] - arrived[turn])
        self.round += 1
        return differences.astype(stream.rows.dtype, copy=False)
