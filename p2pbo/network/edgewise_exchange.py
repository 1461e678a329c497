"""A round edge by edge: one fused message per pair of ranks, made of every stream's payloads lane after lane.

Payloads have fixed sizes, so that requests are persistent here, too, and a receive buffer is never too small.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from p2pbo.compression import NotFinite
from p2pbo.network.channels.channel import Channel, Wire
from p2pbo.network.checkpointing import CheckpointRows
from p2pbo.network.mixing.product import Rows
from p2pbo.network.streams import Stream
from p2pbo.network.wire.header import Envelope, Heads, room
from p2pbo.network.wire.transport import Transport

ALIGNED = 8
"""A lane's payloads begin at a multiple of so many bytes."""


class CompressedExchange:
    """A round of fixed streams: ``post`` their rows, ``wait`` for what their channels make of them."""

    def __init__(self, kind: str, channels: Sequence[Channel], transport: Transport, tag: int = 0) -> None:
        # fixed per run
        self.kind, self._channels, self._transport = kind, channels, transport
        self._links = transport.links
        self.edge_bytes = sum(channel.edge_bytes for channel in channels)
        # per round
        self._round = 0
        self._posted: Sequence[Stream] = ()
        self._sent: list[list[Wire]] = [[] for _ in channels]
        self._arrived: list[list[Wire]] = [[] for _ in channels]
        self._sealed: list[tuple[Envelope, Heads, Wire]] = []
        self._opened: list[tuple[int, Envelope, Heads, Wire]] = []
        self.crossing: dict[int, int] = {}
        self.messages = transport.messages(tag)
        for peer, local in sorted({(r.lane.peer, r.local) for channel in channels for r in channel.leaving}):
            self._plan_peer(peer, local)

    def _plan_peer(self, peer: int, local: bool) -> None:
        """One buffer each way, and each route's part of it; edges between hosted nodes need no second one."""
        leaving = [channel.wire_shapes(channel.leaving, peer) for channel in self._channels]
        arriving = [channel.wire_shapes(channel.arriving, peer) for channel in self._channels]
        buffer, heads, payload, sent = _laid_out(leaving)
        into, into_heads, into_payload, arrived = (
            (buffer, heads, payload, sent) if local else _laid_out(arriving)
        )
        for channel in range(len(self._channels)):
            self._sent[channel] += sent[channel]
            self._arrived[channel] += arrived[channel]
        if not local:
            self.crossing[peer] = sum(edges * width for shapes in leaving for edges, width in shapes)
            self._sealed.append((self._envelope(payload), heads, payload))
            self._opened.append((peer, self._envelope(into_payload), into_heads, into_payload))
            self.messages.plan(peer, buffer, into)

    def _envelope(self, payload: Wire) -> Envelope:
        return self._transport.envelope(self.kind, payload.shape[1])

    def checkpoint_rows(self) -> list[tuple[int, CheckpointRows]]:
        """Return what each channel keeps from round to round, with its number."""
        return [
            (number, kept)
            for number, channel in enumerate(self._channels)
            for kept in channel.checkpoint_rows()
        ]

    def recover(self) -> None:
        """Start anew what the dead have a share in; to be called by all who live after the same step."""
        for channel in self._channels:
            channel.recover()

    def restore(self, rounds: int) -> None:
        """Number the rounds from here: so many have been before."""
        self.messages.rounds = rounds
        for channel in self._channels:
            channel.round = rounds

    def post(self, streams: Sequence[Stream]) -> None:
        """Encode for every edge and start all messages; the rows must stay as they are until ``wait``.

        Raises:
            NotFinite: a hosted row cannot be sent; names it and its variable.
            RuntimeError: the previous round has not been waited for.
        """
        self.messages.check_idle()
        self._round = self._transport.begin()
        up = self._links.up(self._round)
        for channel, stream, wires in zip(self._channels, streams, self._sent, strict=True):
            with _of(stream):
                channel.send(stream, wires, up)
        self._posted = streams
        for envelope, heads, payload in self._sealed:
            envelope.seal(self.messages.rounds, heads, payload)
        self.messages.start()

    def poll(self) -> None:
        """Let large messages make progress."""
        self.messages.poll()

    def wait(self) -> tuple[Rows, ...]:
        """Wait for each peer, then what each channel makes of what arrived: hosted×width each, new arrays.

        Raises:
            NotFinite: a hosted row cannot go through its own codec; names it and its variable.
            PeerError: a peer's message failed, or is not the one of this round; names the rank.
        """
        round_ = self.messages.rounds - 1
        self.messages.wait()
        for peer, envelope, heads, payload in self._opened:
            if peer not in self.messages.lost:
                envelope.open(round_, heads, payload, np.array([peer]))
        up = self._links.up(self._round)  # asked now: a neighbour may have died while it was waited for
        streams, self._posted = self._posted, ()
        results = []
        for channel, stream, wires in zip(self._channels, streams, self._arrived, strict=True):
            with _of(stream):
                results.append(channel.receive(stream, wires, up))
        return tuple(results)


@contextmanager
def _of(stream: Stream) -> Iterator[None]:
    """Inside, a row that cannot be sent is one of this stream."""
    try:
        yield
    except NotFinite as error:
        error.variable = stream.variable
        raise


def _laid_out(
    shapes: Sequence[Sequence[tuple[int, int]]],
) -> tuple[Wire, Heads, Wire, list[list[Wire]]]:
    """Return a message (1 × bytes), its head, its payload, and each channel's lanes (edges × bytes) in it."""
    sizes = [-(-edges * width // ALIGNED) * ALIGNED for lanes in shapes for edges, width in lanes]
    buffer, heads, payload = room(1, sum(sizes))
    parts = iter(np.split(payload[0], np.cumsum(sizes)[:-1]))
    lanes_of = [
        [next(parts)[: edges * width].reshape(edges, width) for edges, width in lanes] for lanes in shapes
    ]
    return buffer, heads, payload, lanes_of
