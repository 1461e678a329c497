"""Channels of parts of rows: every payload is a code of the sender's entries and a note of which these are."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence

import numpy as np

from p2pbo.arrays import Rows, Wire
from p2pbo.network.channels.channel import Channel, ChannelEdges, Route
from p2pbo.network.links.state import Up
from p2pbo.network.mixing.matrix import AverageProduct
from p2pbo.network.rank_network import RankNetwork
from p2pbo.network.row_parts import RowPart, RowParts
from p2pbo.network.streams import PartialRows


class PartialChannel(Channel[PartialRows], ABC):
    """Entries of hosted rows and ghosts, and the weight that covers them, in rows of ``dim`` entries."""

    def __init__(self, edges: ChannelEdges, own: RankNetwork, dim: int) -> None:
        super().__init__(edges)
        plan, dtype = own.plan, own.dtype
        self.mix = AverageProduct(plan.block, dtype)
        self.place = {node: row for row, node in enumerate([*plan.hosted, *plan.ghosts.tolist()])}
        self.masks = np.zeros((plan.rows, dim), dtype)  # m of the stack's rows, 0 or 1
        self._hosted, self._block = plan.hosted, plan.block

    def parts(self, entries: RowParts, wires: Sequence[Wire], up: Up | None) -> dict[int, RowPart]:
        """Return the entries of every hosted node, and of every ghost that is heard by its note, which is read once."""
        heard = None if up is None else self._block.heard(up)
        parts = self.own(entries)
        for route, wire in zip(self.arriving, wires, strict=True):
            for node, note in zip(route.group.node.tolist(), divided(route, wire)[1], strict=True):
                if node not in parts and (heard is None or heard[self.place[node]]):
                    parts[node] = entries.read(node, note)
        return parts

    def own(self, entries: RowParts) -> dict[int, RowPart]:
        """Return the entries of every hosted node."""
        return dict(zip(self._hosted, entries.own, strict=True))

    def weights(self, parts: dict[int, RowPart], up: Up | None) -> Rows:
        """Return Σ_j w_ij m_jk of every hosted row."""
        self.masks.fill(0)
        for node, m in parts.items():
            self.masks[self.place[node]][m] = 1
        return self.mix(self.masks, up)


def divided(route: Route, wire: Wire) -> tuple[Wire, Wire]:
    """Split a route's payloads into codes and notes."""
    end = route.codec.wire_bytes
    return wire[:, :end], wire[:, end:]
