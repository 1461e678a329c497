"""The exact channel: rows as they are, for a variable without a codec beside others that have one.

s_i⁺ = w_ii s_i + Σ_j w_ij s_j
"""

from __future__ import annotations

from collections.abc import Sequence

from p2pbo.network.channels.channel import Channel, Wire
from p2pbo.network.mixing import Rows
from p2pbo.network.streams import Stream


class Exact(Channel):
    """W S."""

    def send(self, stream: Stream, wires: Sequence[Wire]) -> None:
        """The rows."""
        S = stream.rows
        for route, wire in zip(self.leaving, wires, strict=True):
            S.take(route.lane.row, axis=0, out=wire.view(S.dtype))

    def receive(self, stream: Stream, wires: Sequence[Wire]) -> Rows:
        """W S."""
        S = stream.rows
        mixed = self.self_weight.astype(S.dtype) * S
        for route, wire in zip(self.arriving, wires, strict=True):
            lane, arrived = route.lane, wire.view(S.dtype)
            for turn in lane.turns:
                mixed[lane.row[turn]] += lane.weight[turn, None].astype(S.dtype) * arrived[turn]
        self.round += 1
        return mixed
