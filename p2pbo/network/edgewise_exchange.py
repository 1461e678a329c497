"""A round edge by edge: one fused message per pair of ranks, made of every stream's payloads group after group.

Both ends know the sizes of a round's payloads before it, so that no receive buffer is too small. Where they are always
the same, requests are persistent here, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from p2pbo.arrays import Rows, Wire
from p2pbo.compression import NotFinite
from p2pbo.network.channels.channel import Channel, Route
from p2pbo.network.checkpointing import CheckpointRows
from p2pbo.network.exchange import Exchange
from p2pbo.network.streams import Sent, Stream
from p2pbo.network.wire.header import HEAD_BYTES, MessageHeader, Messages
from p2pbo.network.wire.transport import Requests, Transport, VaryingSend

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
        self.varying = any(channel.varying for channel in channels)
        peers = sorted({(r.group.peer, r.local) for channel in channels for r in channel.leaving})
        self._peers = [self._planned(peer, local) for peer, local in peers]
        # per round
        self.crossing = {}
        self._posted: Sequence[Sent] = ()
        self._lay_out()
        for peer in self._peers:
            if not peer.local:
                peer.plan(self.requests, self.varying)

    def _planned(self, rank: int, local: bool) -> _Peer:
        """Plan one message each way; edges between hosted nodes need no second one."""
        outgoing = self._message(rank, [channel.leaving for channel in self._channels])
        if local:
            return _Peer(rank, outgoing, outgoing)
        return _Peer(rank, outgoing, self._message(rank, [channel.arriving for channel in self._channels]))

    def _message(self, rank: int, routes: Sequence[Sequence[Route]]) -> _Message:
        """Return memory for the longest message over these routes of each channel."""
        longest = sum(
            _aligned(int(channel.most_edge_bytes[route.group.edges].sum()))
            for channel, ways in zip(self._channels, routes, strict=True)
            for route in ways
            if route.group.peer == rank
        )
        return _Message(longest, self._transport.header(self.kind, longest))

    def _lay_out(self) -> None:
        """Give each route its part of this round's messages."""
        self.edge_bytes = sum(channel.edge_bytes for channel in self._channels)
        self._sent: list[list[Wire]] = [[] for _ in self._channels]
        self._arrived: list[list[Wire]] = [[] for _ in self._channels]
        for peer in self._peers:
            leaving = [channel.wire_shapes(channel.leaving, peer.rank) for channel in self._channels]
            arriving = [channel.wire_shapes(channel.arriving, peer.rank) for channel in self._channels]
            sent = peer.outgoing.lay_out(leaving)
            arrived = sent if peer.local else peer.incoming.lay_out(arriving)
            for channel in range(len(self._channels)):
                self._sent[channel] += sent[channel]
                self._arrived[channel] += arrived[channel]
            if not peer.local:
                self.crossing[peer.rank] = sum(edges * width for shapes in leaving for edges, width in shapes)

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

    def begin_again(self) -> None:
        """Forget what rounds so far have left in channels; all ranks call it after the same step."""
        for channel in self._channels:
            channel.begin_again()

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
        if self.varying:
            self._lay_out()
        for stream, channel, rows, wires in zip(self._streams, self._channels, sent, self._sent, strict=True):
            with _of(stream):
                channel.send(rows, wires, up)
        self._posted = sent
        for peer in self._peers:
            peer.write(self.requests.rounds)
        self.requests.start()
        self._transport.count(self, self._channels[0].used(sent[0]))  # alike for all streams of a round
        return self

    def wait(self) -> tuple[Rows, ...]:
        """Wait for each peer, and return what each channel makes of what arrived."""
        round_ = self.requests.rounds - 1
        self.requests.wait()
        for peer in self._peers:
            if peer.rank not in self.requests.lost:
                peer.check(round_)
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


class _Message:
    """Memory of a message to a rank or from it, of ``longest`` bytes at most behind its head."""

    def __init__(self, longest: int, header: MessageHeader) -> None:
        self.memory, self.header = Messages.empty(1, longest), header
        self.present = self.memory

    def lay_out(self, shapes: Sequence[Sequence[tuple[int, int]]]) -> list[list[Wire]]:
        """Return each channel's groups (edges × bytes) in this round's message, one after another."""
        sizes = [_aligned(edges * width) for groups in shapes for edges, width in groups]
        parts = iter(np.split(self.memory.payloads[0][: sum(sizes)], np.cumsum(sizes)[:-1]))
        self.header.length = sum(sizes)
        self.present = Messages.within(self.memory.whole, sum(sizes))
        return [
            [next(parts)[: edges * width].reshape(edges, width) for edges, width in groups]
            for groups in shapes
        ]


class _Peer:
    """A rank, and a message each way; this rank itself has one alone, which goes nowhere."""

    def __init__(self, rank: int, outgoing: _Message, incoming: _Message) -> None:
        self.rank, self.outgoing, self.incoming = rank, outgoing, incoming
        self._sending: VaryingSend | None = None

    @property
    def local(self) -> bool:
        """Whether it is this rank."""
        return self.incoming is self.outgoing

    def plan(self, requests: Requests, varying: bool) -> None:
        """Plan the requests of all rounds."""
        sent, received = self.outgoing.memory.whole, self.incoming.memory.whole
        if varying:
            self._sending = requests.plan_varying(self.rank, received)
        else:
            requests.plan(self.rank, sent, received)

    def write(self, round_: int) -> None:
        """Write the head of a round's message, which is then ready to go."""
        if self.local:
            return
        message = self.outgoing
        message.header.write(round_, message.present)
        if self._sending is not None:
            self._sending.message = message.memory.whole[0, : HEAD_BYTES + message.header.length]

    def check(self, round_: int) -> None:
        """Check the head of what has arrived.

        Raises:
            PeerError: it is not the message of this round, or is damaged.
        """
        if not self.local:
            self.incoming.header.check(round_, self.incoming.present, np.array([self.rank]))


def _aligned(size: int) -> int:
    """Return so many bytes and what is missing to the beginning of the next group."""
    return -(-size // ALIGNED) * ALIGNED
