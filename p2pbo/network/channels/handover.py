"""The handover channel: every node's row goes to one neighbour, or stays, by a permutation that all nodes know.

r_{π(i)} = C(s_i) where π(i) ≠ i,  r_i = s_i elsewhere        only the edges i → π(i) carry anything
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from p2pbo.arrays import IndexArray, Rows, Wire
from p2pbo.network.channels.channel import Channel
from p2pbo.network.channels.edge_groups import EdgeGroup
from p2pbo.network.links.state import Up
from p2pbo.network.streams import HandedRows
from p2pbo.randomness import Keys


class HandoverChannel(Channel[HandedRows]):
    """Rows that change places; nothing is weighed, and nothing remembered."""

    def send(self, sent: HandedRows, wires: Sequence[Wire], up: Up | None) -> None:
        """Write C(s) for the edges that the permutation uses."""
        for route, wire in zip(self.leaving, wires, strict=True):
            at, keys = self._carrying(route.group, sent)
            code = np.empty((len(at), wire.shape[1]), np.uint8)
            route.codec.encode(sent.rows[route.group.row[at]], keys, code)
            wire[at] = code

    def receive(self, sent: HandedRows, wires: Sequence[Wire], up: Up | None) -> Rows:
        """Return the row that was handed to each node."""
        received = sent.rows.copy()
        for route, wire in zip(self.arriving, wires, strict=True):
            at, keys = self._carrying(route.group, sent)
            rows = np.empty((len(at), received.shape[1]), received.dtype)
            route.codec.decode(wire[at], keys, rows)
            received[route.group.row[at]] = rows
        self.round += 1
        return received

    def used(self, sent: HandedRows) -> Up:
        """Return the directed edges that rows are handed over."""
        return sent.target[self.draws.source] == self.draws.target

    def _carrying(self, group: EdgeGroup, sent: HandedRows) -> tuple[IndexArray, Keys]:
        """Return the places of the group's edges that carry a row in this round, and the keys of their draws."""
        at = np.flatnonzero(self.used(sent)[group.edges])
        return at, self.draws.innovations(self.round, group.edges[at])
