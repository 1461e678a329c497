"""The covering channel: nodes send the entries m that they work on; each entry is averaged over those who sent it.

s_i,k⁺ = Σ_j w_ij m_jk s_jk / Σ_j w_ij m_jk        j = i included; where nobody has k, s_i,k stays

Li 2024's average over the clients that cover an entry, with W in the place of the server. Both sums are products of W
with a stack that is zero outside m; whole rows give W S. A row is the same for all who need it, so it goes once to
each rank that hosts neighbours, and nowhere for those of its own rank.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from p2pbo.arrays import Rows, Wire
from p2pbo.network.channels.channel import ChannelEdges
from p2pbo.network.channels.partial import PartialChannel, divided
from p2pbo.network.links.state import Up
from p2pbo.network.rank_network import RankNetwork
from p2pbo.network.streams import PartialRows


class CoveringChannel(PartialChannel):
    """Averages of entries as they are; its routes are one for each row and each other rank that needs it."""

    def __init__(self, edges: ChannelEdges, own: RankNetwork, dim: int) -> None:
        super().__init__(edges, own, dim)
        self._stack = np.zeros_like(self.masks)  # m ∘ S

    def send(self, sent: PartialRows, wires: Sequence[Wire], up: Up | None) -> None:
        """Write s[m] and the note of every row."""
        S, entries = sent
        for route, wire in zip(self.leaving, wires, strict=True):
            code, notes = divided(route, wire)
            for i, values in zip(route.group.row, code.view(S.dtype), strict=True):
                values[...] = S[i][entries.own[i]]
            notes[...] = entries.notes[route.group.row]

    def receive(self, sent: PartialRows, wires: Sequence[Wire], up: Up | None) -> Rows:
        """Return W (m ∘ S) / W m."""
        (S, entries), stack = sent, self._stack
        parts = self.parts(entries, wires, up)
        stack.fill(0)
        for i, m in enumerate(entries.own):
            stack[i][m] = S[i][m]
        for route, wire in zip(self.arriving, wires, strict=True):
            arrived = divided(route, wire)[0].view(S.dtype)
            for j, values in zip(route.group.node.tolist(), arrived, strict=True):
                if j in parts:  # is heard
                    stack[self.place[j]][parts[j]] = values
        weights, averages = self.weights(parts, up), self.mix(stack, up)
        covered = weights > 0
        np.divide(averages, weights, out=averages, where=covered)
        np.copyto(averages, S, where=~covered)
        self.round += 1
        return averages
