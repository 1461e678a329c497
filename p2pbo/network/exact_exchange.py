"""An exact round: one fused message per pair of ranks, rows as they are, and one product with W, R, C or I − W.

Planned at construction: a stack of rows (hosted nodes first, ghosts behind) as wide as all streams together, each
behind a head of its own; one receive straight into each peer's ghost rows, one send straight from the hosted rows.
In the loop: copy the rows in, start, and when the mixed ones are wanted wait and multiply once for all neighbouring
streams of one operator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import Rows
from p2pbo.network.checkpointing import CheckpointRows
from p2pbo.network.exchange import Exchange
from p2pbo.network.links.state import Up
from p2pbo.network.mixing.matrix import Product
from p2pbo.network.mixing.operators import Operator
from p2pbo.network.plan import Peer
from p2pbo.network.rank_network import RankNetwork
from p2pbo.network.streams import Sent, Stream
from p2pbo.network.wire.header import Messages
from p2pbo.network.wire.transport import Transport


class ExactExchange(Exchange):
    """A round of whole rows of fixed widths: W S comes back, or R S, C S or (I − W) S, for each stream.

    Rounds of equal ``kind`` are one, whatever their streams' keys, unless messages are late: what is late belongs to
    the streams that it comes from.
    """

    def __init__(
        self,
        kind: str,
        streams: Sequence[Stream],
        widths: Sequence[int],
        own: RankNetwork,
        transport: Transport,
    ) -> None:
        super().__init__(kind, transport)
        plan = own.plan
        # fixed per run
        self._block = plan.block
        row_bytes = round_bytes(streams, widths, own)
        self.edge_bytes = row_bytes  # of every directed edge
        self.crossing = {peer.rank: row_bytes * len(peer.rows) for peer in plan.peers if len(peer.rows)}
        self._owners = np.repeat(
            [peer.rank for peer in plan.peers], [peer.ghosts.stop - peer.ghosts.start for peer in plan.peers]
        ).astype(np.int64)
        # per round
        hosted = len(plan.hosted)
        self._messages = Messages.empty(plan.rows, row_bytes)
        self._outgoing = self._messages.rows(slice(hosted))
        self._incoming = self._messages.rows(slice(hosted, None))
        self._groups = _groups(streams, widths, own, self._messages.payloads)
        self._own: list[Any] = [
            group.stack[:hosted, columns] for group in self._groups for _, columns in group.columns
        ]
        self._copies: list[tuple[NDArray[np.int64], NDArray[np.uint8]]] = []
        self._header = transport.header(kind, row_bytes)
        for peer in plan.peers:
            ghosts = self._messages.whole[peer.ghosts]
            self.requests.plan(peer.rank, self._sent(peer), ghosts if len(ghosts) else None)

    def _sent(self, peer: Peer) -> NDArray[np.uint8] | None:
        if not len(peer.rows):
            return None
        run = peer.contiguous()
        if run is not None:
            return self._messages.whole[run]
        sent = np.empty((len(peer.rows), self._messages.whole.shape[1]), np.uint8)
        self._copies.append((peer.rows, sent))
        return sent

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """List the contributions that are still on their way."""
        return [
            kept.under(f"rounds/{self.kind}")
            for group in self._groups
            for kept in group.product.checkpoint_rows()
        ]

    def post(self, sent: Sequence[Sent]) -> ExactExchange:
        """Copy the hosted rows in and start all messages."""
        self.requests.check_idle()
        self._round = self._transport.begin()
        for own, rows in zip(self._own, sent):  # noqa: B905 - planned for them; strict costs 0.3 µs
            own[...] = rows
        if self._owners.size:
            self._header.write(self.requests.rounds, self._outgoing)
        for needed, copied in self._copies:
            self._messages.whole.take(needed, axis=0, out=copied)
        self.requests.start()
        self._transport.count(self)
        return self

    def _check_heads(self, round_: int) -> None:
        arrived, owners = self._incoming, self._owners
        if self.requests.lost:
            here = ~np.isin(owners, list(self.requests.lost))
            arrived, owners = arrived.rows(here), owners[here]
        self._header.check(round_, arrived, owners)

    def wait(self) -> tuple[Rows, ...]:
        """Wait for each peer, and multiply once for all streams and hosted nodes."""
        round_ = self.requests.rounds - 1
        self.requests.wait()
        if self._owners.size:
            self._check_heads(round_)
        up = self._links.up(self._round)  # asked now: a neighbour may have died while it was waited for
        if up is not None:
            self._messages.payloads[~self._block.heard(up)] = 0  # may be anything, and 0 × NaN is NaN
        return tuple([rows for group in self._groups for rows in group.mixed(up)])


def exact_kind(streams: Sequence[Stream], widths: Sequence[int], late: bool) -> str:
    """Name a kind of exact round: by the widths of its streams, by their keys too where messages may be late."""
    keys = [stream.key for stream in streams] if late else []
    return " ".join([*keys, *(f"{Operator.of(s)}{width}" for s, width in zip(streams, widths, strict=True))])


def round_bytes(streams: Sequence[Stream], widths: Sequence[int], own: RankNetwork) -> int:
    """Return the bytes of a node's rows in all streams of a round."""
    return sum(s.dtype(own.dtype).itemsize * width for s, width in zip(streams, widths, strict=True))


@dataclass(frozen=True, eq=False)
class _Group:
    """Neighbouring streams of one operator, which are multiplied together.

    Attributes:
        product: with the hosted rows of the operator.
        stack: their columns of all rows.
        columns: those of each stream.
    """

    product: Product
    stack: Rows
    columns: Sequence[tuple[slice, slice]]

    def mixed(self, up: Up | None) -> list[Rows]:
        """Return the hosted rows of each stream, multiplied."""
        mixed = self.product(self.stack, up)
        return [mixed[columns] for columns in self.columns]


def _groups(
    streams: Sequence[Stream], widths: Sequence[int], own: RankNetwork, payloads: NDArray[np.uint8]
) -> list[_Group]:
    """Plan the products of a round: one for neighbouring streams of one operator."""
    groups, first = [], 0
    for operator, run in groupby(zip(streams, widths, strict=True), lambda one: Operator.of(one[0])):
        of, widths_of = zip(*run, strict=True)
        dtype = of[0].dtype(own.dtype)
        ends = list(accumulate(widths_of, initial=0))
        last = first + ends[-1] * dtype.itemsize
        columns = [(slice(None), slice(a, b)) for a, b in pairwise(ends)]
        stack = payloads[:, first:last].view(dtype)
        groups.append(_Group(operator.product(ends[-1], own), stack, columns))
        first = last
    return groups
