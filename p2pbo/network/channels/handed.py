"""The handed channel: every node's row goes to one neighbour, or stays, by a permutation that all nodes know.

r_{π(i)} = C(s_i) where π(i) ≠ i,  r_i = s_i elsewhere        only the edges i → π(i) carry anything
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from p2pbo.network.channels.channel import Channel, Wire
from p2pbo.network.channels.edge_groups import Index, Lane
from p2pbo.network.links.state import Up
from p2pbo.network.mixing.product import Rows
from p2pbo.network.streams import Stream
from p2pbo.randomness import Keys
from p2pbo.topology import Topology


class Handed(Channel):
    """Rows that change places; nothing is weighed, and nothing remembered."""

    def send(self, stream: Stream, wires: Sequence[Wire], up: Up | None) -> None:
        """C(s) over the edges that the permutation uses."""
        for route, wire in zip(self.leaving, wires, strict=True):
            at, keys = self._used(route.lane, stream)
            code = np.empty((len(at), wire.shape[1]), np.uint8)
            route.codec.encode(stream.rows[route.lane.row[at]], keys, code)
            wire[at] = code

    def receive(self, stream: Stream, wires: Sequence[Wire], up: Up | None) -> Rows:
        """Return the row that was handed to each node."""
        received = stream.rows.copy()
        for route, wire in zip(self.arriving, wires, strict=True):
            at, keys = self._used(route.lane, stream)
            rows = np.empty((len(at), received.shape[1]), received.dtype)
            route.codec.decode(wire[at], keys, rows)
            received[route.lane.row[at]] = rows
        self.round += 1
        return received

    def _used(self, lane: Lane, stream: Stream) -> tuple[Index, Keys]:
        """Return the lane's places that carry a row in this round, and the keys of their draws."""
        at = np.flatnonzero(used(self.draws.topology, stream)[lane.edges])
        return at, self.draws.innovations(self.round, lane.edges[at])


def used(topology: Topology, stream: Stream) -> Up:
    """Return the directed edges over which a stream's rows are handed."""
    assert stream.to is not None
    return stream.to[topology.source] == topology.target
