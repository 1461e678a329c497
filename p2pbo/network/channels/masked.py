"""The masked channel: both ends of an edge draw the same entries m and average these alone.

s_i⁺ = s_i + Σ_j w_ij (s_j − s_i)[m_ij]           m_ij = m_ji, K entries

No memory and no tuning; nothing moves where nodes agree, and the average stays: what i gains from j, j loses to i.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from p2pbo.compression import Codec
from p2pbo.network.channels.channel import Channel, Wire
from p2pbo.network.lanes import Index
from p2pbo.network.mixing import Rows


class Masked(Channel):
    """Averages entries whose positions both ends of an edge draw alike; unscaled, so that codecs only choose them."""

    def wire_bytes(self, codec: Codec) -> int:
        """K entries as they are."""
        return (codec.entries or 0) * codec.dtype.itemsize

    def send(self, S: Rows, wires: Sequence[Wire]) -> None:
        """S[m] of every edge."""
        self._masks: list[Index] = []
        self._sent = wires
        for route, wire in zip(self.routes, wires, strict=True):
            masks = route.codec.positions(self.draws.masks(self.round, route.lane.out))
            for i, m, values in zip(route.lane.source, masks, wire.view(S.dtype), strict=True):
                np.take(S[i], m, out=values, mode="clip")
            self._masks.append(masks)

    def receive(self, S: Rows, wires: Sequence[Wire], consumed: bool) -> Rows:
        """S + Σ w (s_j − s_i)[m]; s_i[m] is what was sent over the same edge."""
        mixed = S if consumed else S.copy()
        untouched = set(range(len(S)))
        for route, sent, arrived, masks in zip(self.routes, self._sent, wires, self._masks, strict=True):
            lane = route.lane
            own, theirs = sent.view(S.dtype), arrived.view(S.dtype)
            for edge, (i, back) in enumerate(zip(lane.target, lane.back, strict=True)):
                step = theirs[edge] - own[back]
                step *= lane.weight[edge]
                if i in untouched:  # still holds what was sent: no need to gather it again
                    untouched.remove(i)
                    step += own[back]
                    mixed[i][masks[back]] = step
                else:
                    mixed[i][masks[back]] += step
        self.round += 1
        return mixed
