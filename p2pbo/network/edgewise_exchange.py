"""A round edge by edge: one fused message per pair of ranks, made of every stream's payloads group after group.

Payloads have fixed sizes, so that requests are persistent here, too, and a receive buffer is never too small.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from p2pbo.arrays import Rows, Wire
from p2pbo.compression import NotFinite
from p2pbo.network.channels.channel import Channel
from p2pbo.network.checkpointing import CheckpointRows
from p2pbo.network.exchange import Exchange
from p2pbo.network.streams import Sent, Stream
from p2pbo.network.wire.header import MessageHeader, Messages
from p2pbo.network.wire.transport import Transport

ALIGNED = 8
"""A group's payloads begin at a multiple of so many bytes."""


class EdgewiseExchange(Exchange):
    """A round of fixed streams through their channels."""

    def __init__(
        self, kind: str, streams: Sequence[Stream], channels: Sequence[Channel[Any]], transport: Transport
    ) -> None:
        super().__init__(kind, transport)
        # fixed per run
        self._streams, self._channels = streams, channels
        self.edge_bytes = sum(channel.edge_bytes for channel in channels)
        self.crossing = {}
        # per round
        self._posted: Sequence[Sent] = ()
        self._sent: list[list[Wire]] = [[] for _ in channels]
        self._arrived: list[list[Wire]] = [[] for _ in channels]
        self._outgoing: list[tuple[MessageHeader, Messages]] = []
        self._incoming: list[tuple[int, MessageHeader, Messages]] = []
        for peer, local in sorted({(r.group.peer, r.local) for channel in channels for r in channel.leaving}):
            self._plan_peer(peer, local)

    def _plan_peer(self, peer: int, local: bool) -> None:
        """Plan one message each way, and each route's part of it; edges between hosted nodes need no second one."""
        leaving = [channel.wire_shapes(channel.leaving, peer) for channel in self._channels]
        arriving = [channel.wire_shapes(channel.arriving, peer) for channel in self._channels]
        outgoing, sent = _laid_out(leaving)
        incoming, arrived = (outgoing, sent) if local else _laid_out(arriving)
        for channel in range(len(self._channels)):
            self._sent[channel] += sent[channel]
            self._arrived[channel] += arrived[channel]
        if not local:
            self.crossing[peer] = sum(edges * width for shapes in leaving for edges, width in shapes)
            self._outgoing.append((self._header(outgoing), outgoing))
            self._incoming.append((peer, self._header(incoming), incoming))
            self.requests.plan(peer, outgoing.whole, incoming.whole)

    def _header(self, messages: Messages) -> MessageHeader:
        return self._transport.header(self.kind, messages.payloads.shape[1])

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """List what the channel of each stream keeps from round to round."""
        return [
            kept.under(f"rounds/{self.kind}/{stream.key}")
            for stream, channel in zip(self._streams, self._channels, strict=True)
            for kept in channel.checkpoint_rows()
        ]

    def recover(self) -> None:
        """Forget what the dead have a share in; all who live call it after the same step."""
        for channel in self._channels:
            channel.recover()

    def restore(self, rounds: int) -> None:
        """Count on from so many rounds before."""
        super().restore(rounds)
        for channel in self._channels:
            channel.round = rounds

    def post(self, sent: Sequence[Sent]) -> EdgewiseExchange:
        """Encode for every edge and start all messages."""
        self.requests.check_idle()
        self._round = self._transport.begin()
        up = self._links.up(self._round)
        for stream, channel, rows, wires in zip(self._streams, self._channels, sent, self._sent, strict=True):
            with _of(stream):
                channel.send(rows, wires, up)
        self._posted = sent
        for header, messages in self._outgoing:
            header.write(self.requests.rounds, messages)
        self.requests.start()
        self._transport.count(self, self._channels[0].used(sent[0]))  # alike for all streams of a round
        return self

    def wait(self) -> tuple[Rows, ...]:
        """Wait for each peer, and return what each channel makes of what arrived."""
        round_ = self.requests.rounds - 1
        self.requests.wait()
        for peer, header, messages in self._incoming:
            if peer not in self.requests.lost:
                header.check(round_, messages, np.array([peer]))
        up = self._links.up(self._round)  # asked now: a neighbour may have died while it was waited for
        posted, self._posted = self._posted, ()
        results = []
        for stream, channel, rows, wires in zip(
            self._streams, self._channels, posted, self._arrived, strict=True
        ):
            with _of(stream):
                results.append(channel.receive(rows, wires, up))
        return tuple(results)


@contextmanager
def _of(stream: Stream) -> Iterator[None]:
    """Name this stream in the error of a row that cannot be sent."""
    try:
        yield
    except NotFinite as error:
        error.variable = stream.variable
        raise


def _laid_out(
    shapes: Sequence[Sequence[tuple[int, int]]],
) -> tuple[Messages, list[list[Wire]]]:
    """Return a message, and each channel's groups (edges × bytes) in it."""
    sizes = [-(-edges * width // ALIGNED) * ALIGNED for groups in shapes for edges, width in groups]
    message = Messages.empty(1, sum(sizes))
    parts = iter(np.split(message.payloads[0], np.cumsum(sizes)[:-1]))
    groups_of = [
        [next(parts)[: edges * width].reshape(edges, width) for edges, width in groups] for groups in shapes
    ]
    return message, groups_of
