"""The masked channel: both ends of an edge draw the same entries m and average these alone.

s_i⁺ = s_i + Σ_j w_ij (s_j − s_i)[m_ij]           m_ij = m_ji, K entries

No memory and no tuning; nothing moves where nodes agree, nor over an edge that is down, and the average stays: what i
gains from j, j loses to i.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from p2pbo.arrays import IndexArray, Rows, Wire
from p2pbo.compression import Codec
from p2pbo.network.channels.channel import Channel, ChannelEdges
from p2pbo.network.links.state import Up


class MaskedChannel(Channel[Rows]):
    """Averages of entries whose positions both ends of an edge draw alike; codecs only choose them."""

    def __init__(self, edges: ChannelEdges, donated: bool) -> None:
        super().__init__(edges)
        self._donated = donated
        self._backs = edges.backs()

    def code_bytes(self, codec: Codec) -> int:
        """Return the bytes of K entries as they are."""
        return (codec.entries or 0) * codec.dtype.itemsize

    def send(self, S: Rows, wires: Sequence[Wire], up: Up | None) -> None:
        """Write S[m] of every edge."""
        self._masks: list[IndexArray] = []
        self._sent = wires
        for route, wire in zip(self.leaving, wires, strict=True):
            masks = route.codec.positions(self.draws.masks(self.round, route.group.edges))
            for i, m, values in zip(route.group.row, masks, wire.view(S.dtype), strict=True):
                np.take(S[i], m, out=values, mode="clip")
            self._masks.append(masks)

    def receive(self, S: Rows, wires: Sequence[Wire], up: Up | None) -> Rows:
        """Return S + Σ w (s_j − s_i)[m]; s_i[m] is what was sent over the same edge."""
        mixed = S if self._donated else S.copy()
        untouched = set(range(len(S)))
        for route, backs, sent, arrived, masks in zip(
            self.arriving, self._backs, self._sent, wires, self._masks, strict=True
        ):
            group, at = route.group, route.group.at(up)
            own, theirs = sent.view(S.dtype), arrived.view(S.dtype)[at]
            into = self.delay_line.into(route.late, mixed)
            for i, back, w, values in zip(group.row[at], backs[at], group.weight[at], theirs, strict=True):
                step = values - own[back]
                step *= w
                if into is mixed and i in untouched:  # still holds what was sent: no need to gather it again
                    untouched.remove(i)
                    step += own[back]
                    mixed[i][masks[back]] = step
                else:
                    into[i][masks[back]] += step
        self.delay_line.arrive(mixed)
        self.round += 1
        return mixed
