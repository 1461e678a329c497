"""A round through lossy edges: one fused message per pair of ranks, made of every stream's payloads edge by edge.

Payloads have fixed sizes, so that requests are persistent here, too, and a receive buffer is never too small.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from p2pbo.network.channels.channel import Channel, Route, Wire
from p2pbo.network.messages import Messages
from p2pbo.network.mixing import Rows
from p2pbo.network.streams import Stream

if TYPE_CHECKING:
    from mpi4py import MPI

ALIGNED = 8
"""A lane's payloads begin at a multiple of so many bytes."""


class CompressedExchange:
    """A round of fixed streams: ``post`` their rows, ``wait`` for what their channels make of them."""

    def __init__(
        self,
        channels: Sequence[Channel],
        comm: MPI.Intracomm | None = None,
        tag: int = 0,
        crowded: bool = False,
    ) -> None:
        # fixed per run
        self._channels = channels
        self.edge_bytes = sum(channel.edge_bytes for channel in channels)
        # per round
        self._posted: Sequence[Stream] = ()
        self._sent: list[list[Wire]] = [[] for _ in channels]
        self._arrived: list[list[Wire]] = [[] for _ in channels]
        self.crossed_bytes = 0
        self.messages = Messages(comm, tag, crowded)
        routes = [(c, route) for c, channel in enumerate(channels) for route in channel.routes]
        for peer in sorted({route.lane.peer for _, route in routes}):
            self._plan_peer(peer, [(c, route) for c, route in routes if route.lane.peer == peer])

    def _plan_peer(self, peer: int, routes: Sequence[tuple[int, Route]]) -> None:
        """One buffer each way, and each route's part of it; edges between hosted nodes need no second one."""
        shapes = [(len(route.lane.out), self._channels[c].wire_bytes(route.codec)) for c, route in routes]
        firsts = [0, *np.cumsum([-(-edges * width // ALIGNED) * ALIGNED for edges, width in shapes]).tolist()]
        sent = np.zeros(firsts[-1], np.uint8)
        local = routes[0][1].local
        arrived = sent if local else np.zeros_like(sent)
        for (c, _), (edges, width), first in zip(routes, shapes, firsts, strict=False):
            for buffer, wires in ((sent, self._sent[c]), (arrived, self._arrived[c])):
                wires.append(buffer[first : first + edges * width].reshape(edges, width))
        if not local:
            self.crossed_bytes += sum(edges * width for edges, width in shapes)
            self.messages.plan(peer, sent, arrived)

    def post(self, streams: Sequence[Stream]) -> None:
        """Encode for every edge and start all messages; the rows must stay as they are until ``wait``.

        Raises:
            RuntimeError: the previous round has not been waited for.
        """
        self.messages.check_idle()
        for channel, stream, wires in zip(self._channels, streams, self._sent, strict=True):
            channel.send(stream.rows, wires)
        self._posted = streams
        self.messages.start()

    def poll(self) -> None:
        """Let large messages make progress."""
        self.messages.poll()

    def wait(self) -> tuple[Rows, ...]:
        """Wait for each peer, then what each channel makes of what arrived: hosted×width each, new arrays.

        Raises:
            PeerError: a peer's message failed; names the rank.
        """
        self.messages.wait()
        streams, self._posted = self._posted, ()
        return tuple(
            channel.receive(stream.rows, wires, stream.consumed)
            for channel, stream, wires in zip(self._channels, streams, self._arrived, strict=True)
        )
