"""A round edge by edge: one fused message per pair of ranks, made of every stream's payloads lane after lane.

Payloads have fixed sizes, so that requests are persistent here, too, and a receive buffer is never too small.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from p2pbo.network.channels.channel import Channel, Wire
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
        for peer, local in sorted({(r.lane.peer, r.local) for channel in channels for r in channel.leaving}):
            self._plan_peer(peer, local)

    def _plan_peer(self, peer: int, local: bool) -> None:
        """One buffer each way, and each route's part of it; edges between hosted nodes need no second one."""
        leaving = [channel.wire_shapes(channel.leaving, peer) for channel in self._channels]
        arriving = [channel.wire_shapes(channel.arriving, peer) for channel in self._channels]
        buffer, sent = _laid_out(leaving)
        into, arrived = (buffer, sent) if local else _laid_out(arriving)
        for channel in range(len(self._channels)):
            self._sent[channel] += sent[channel]
            self._arrived[channel] += arrived[channel]
        if not local:
            self.crossed_bytes += sum(edges * width for shapes in leaving for edges, width in shapes)
            self.messages.plan(peer, buffer, into)

    def post(self, streams: Sequence[Stream]) -> None:
        """Encode for every edge and start all messages; the rows must stay as they are until ``wait``.

        Raises:
            RuntimeError: the previous round has not been waited for.
        """
        self.messages.check_idle()
        for channel, stream, wires in zip(self._channels, streams, self._sent, strict=True):
            channel.send(stream, wires)
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
            channel.receive(stream, wires)
            for channel, stream, wires in zip(self._channels, streams, self._arrived, strict=True)
        )


def _laid_out(shapes: Sequence[Sequence[tuple[int, int]]]) -> tuple[Wire, list[list[Wire]]]:
    """A buffer for each channel's lanes (edges × bytes) one after another, and their parts of it."""
    sizes = [-(-edges * width // ALIGNED) * ALIGNED for lanes in shapes for edges, width in lanes]
    buffer = np.zeros(sum(sizes), np.uint8)
    parts = iter(np.split(buffer, np.cumsum(sizes)[:-1]))
    return buffer, [
        [next(parts)[: edges * width].reshape(edges, width) for edges, width in lanes] for lanes in shapes
    ]
