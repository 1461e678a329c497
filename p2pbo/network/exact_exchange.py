"""An exact round: one fused message per pair of ranks, rows as they are, and one product with W or I − W.

Planned at construction: a stack of rows (hosted nodes first, ghosts behind) as wide as all streams together, each
behind a head of its own; one receive straight into each peer's ghost rows, one send straight from the hosted rows.
In the loop: copy the rows in, start, and when the mixed ones are wanted wait and multiply once.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import Rows
from p2pbo.network.checkpointing import CheckpointRows
from p2pbo.network.exchange import Exchange
from p2pbo.network.mixing.delays import DelayedAverage
from p2pbo.network.mixing.matrix import AverageProduct, GroupedProduct, LaplacianProduct, Product
from p2pbo.network.plan import Peer
from p2pbo.network.rank_network import RankNetwork
from p2pbo.network.streams import Laplacian, Sent, Stream
from p2pbo.network.wire.header import Messages
from p2pbo.network.wire.transport import Transport


class ExactExchange(Exchange):
    """A round of whole rows of fixed widths: W S comes back, or (I − W) S, for each stream.

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
        plan, dtype = own.plan, own.dtype
        # fixed per run
        self._block = plan.block
        ends = np.cumsum(widths)
        self._columns = [(slice(None), slice(int(a), int(b))) for a, b in pairwise([0, *ends])]
        self._product = _product(streams, widths, own)
        row_bytes = int(ends[-1]) * dtype.itemsize
        self.edge_bytes = row_bytes  # of every directed edge
        self.crossing = {peer.rank: row_bytes * len(peer.rows) for peer in plan.peers}
        self._owners = np.repeat(
            [peer.rank for peer in plan.peers], [peer.ghosts.stop - peer.ghosts.start for peer in plan.peers]
        ).astype(np.int64)
        # per round
        hosted = len(plan.hosted)
        self._messages = Messages.empty(plan.rows, row_bytes)
        self._outgoing = self._messages.rows(slice(hosted))
        self._incoming = self._messages.rows(slice(hosted, None))
        self._stack = self._messages.payloads.view(dtype)
        self._own: list[Any] = [self._stack[:hosted, columns] for _, columns in self._columns]
        self._copies: list[tuple[NDArray[np.int64], NDArray[np.uint8]]] = []
        self._header = transport.header(kind, row_bytes)
        for peer in plan.peers:
            self.requests.plan(peer.rank, self._sent(peer), self._messages.whole[peer.ghosts])

    def _sent(self, peer: Peer) -> NDArray[np.uint8]:
        run = peer.contiguous()
        if run is not None:
            return self._messages.whole[run]
        sent = np.empty((len(peer.rows), self._messages.whole.shape[1]), np.uint8)
        self._copies.append((peer.rows, sent))
        return sent

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """List the contributions that are still on their way."""
        return [kept.under(f"rounds/{self.kind}") for kept in self._product.checkpoint_rows()]

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
            self._stack[~self._block.heard(up)] = 0  # may be anything, and 0 × NaN is NaN
        mixed = self._product(self._stack, up)
        return tuple([mixed[columns] for columns in self._columns])


def exact_kind(streams: Sequence[Stream], widths: Sequence[int], late: bool) -> str:
    """Name a kind of exact round: by the widths of its streams, by their keys too where messages may be late."""
    keys = [stream.key for stream in streams] if late else []
    return " ".join(
        [*keys, *(f"{'L' * _of_laplacian(s)}{width}" for s, width in zip(streams, widths, strict=True))]
    )


def _of_laplacian(stream: Stream) -> bool:
    return isinstance(stream.kind, Laplacian)


def _product(streams: Sequence[Stream], widths: Sequence[int], own: RankNetwork) -> Product:
    """Plan the products of a round: one for neighbouring streams of one operator."""
    block, dtype, links = own.plan.block, own.dtype, own.links
    runs = groupby(zip(map(_of_laplacian, streams), widths, strict=True), itemgetter(0))
    operators = [(of, sum(width for _, width in run)) for of, run in runs]
    products: list[Product] = []
    for of_laplacian, width in operators:
        if of_laplacian:
            products.append(LaplacianProduct(block, dtype))
        elif links.delay:
            products.append(DelayedAverage(block, own.plan.hosted, width, dtype, links))
        else:
            products.append(AverageProduct(block, width, dtype))
    return products[0] if len(products) == 1 else GroupedProduct(products, [width for _, width in operators])
