"""An exact round: one fused message per pair of ranks, rows as they are, and one product with W or I − W.

Planned at construction: a stack of rows (hosted nodes first, ghosts behind) as wide as all variables together, each
behind a head of its own; one receive straight into each peer's ghost rows, one send straight from the hosted rows.
In the loop: copy the variables in, start, and when the rows are wanted wait and multiply once.
"""

from __future__ import annotations

from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.network.checkpointing import CheckpointRows
from p2pbo.network.links.state import Links
from p2pbo.network.mixing.delays import LateAverage
from p2pbo.network.mixing.matrix import Average, Laplacian, Product, SideBySide
from p2pbo.network.mixing.product import Rows
from p2pbo.network.plan import Peer, Plan
from p2pbo.network.wire.header import room
from p2pbo.network.wire.transport import Transport


class Exchange:
    """A round for variables of fixed widths: ``post`` them, and ``wait`` for W V, or (I − W) V, for each V.

    ``laplacian`` says for each whether it is (I − W) V; by default none is. ``names`` are the variables' own, where it
    matters which they are: what is late belongs to those it comes from.
    """

    def __init__(
        self,
        plan: Plan,
        widths: tuple[int, ...],
        dtype: np.dtype[Any],
        transport: Transport,
        tag: int = 0,
        names: tuple[str, ...] = (),
        laplacian: tuple[bool, ...] = (),
    ) -> None:
        # fixed per run
        self._block, self._links = plan.block, transport.links
        ends = np.cumsum(widths)
        self._columns = [(slice(None), slice(int(a), int(b))) for a, b in pairwise([0, *ends])]
        kinds = laplacian or (False,) * len(widths)
        self._product = _product(plan, widths, kinds, dtype, self._links)
        row_bytes = int(ends[-1]) * dtype.itemsize
        self.edge_bytes = row_bytes  # of every directed edge
        self.crossing = {peer.rank: row_bytes * len(peer.rows) for peer in plan.peers}
        self._owners = np.repeat(
            [peer.rank for peer in plan.peers], [peer.ghosts.stop - peer.ghosts.start for peer in plan.peers]
        ).astype(np.int64)
        # per round
        self._round = 0
        hosted = len(plan.hosted)
        self._rows, self._heads, self._payloads = room(plan.rows, row_bytes)
        self._stack = self._payloads.view(dtype)
        self._own = [self._stack[:hosted, columns] for _, columns in self._columns]
        self._sealed = self._heads[:hosted], self._payloads[:hosted]
        self._opened = self._heads[hosted:], self._payloads[hosted:], self._owners
        self._copies: list[tuple[NDArray[np.int64], NDArray[np.uint8]]] = []
        self.kind = " ".join(
            [*names, *(f"{'L' * of}{width}" for of, width in zip(kinds, widths, strict=True))]
        )
        self._transport = transport
        self._envelope = transport.envelope(self.kind, row_bytes)
        self.messages = transport.messages(tag)
        for peer in plan.peers:
            self.messages.plan(peer.rank, self._sent(peer), self._rows[peer.ghosts])

    def _sent(self, peer: Peer) -> NDArray[np.uint8]:
        run = peer.contiguous()
        if run is not None:
            return self._rows[run]
        sent = np.empty((len(peer.rows), self._rows.shape[1]), np.uint8)
        self._copies.append((peer.rows, sent))
        return sent

    def checkpoint_rows(self) -> list[tuple[int, CheckpointRows]]:
        """Return what is still on its way."""
        return [(0, kept) for kept in self._product.checkpoint_rows()]

    def restore(self, rounds: int) -> None:
        """Number the rounds from here: so many have been before."""
        self.messages.rounds = rounds

    def post(self, variables: tuple[Rows, ...]) -> None:
        """Copy the hosted rows in and start all messages.

        Raises:
            RuntimeError: the previous round has not been waited for: its rows are still on their way.
        """
        self.messages.check_idle()
        self._round = self._transport.begin()
        for own, rows in zip(self._own, variables):  # noqa: B905 - planned for them; strict costs 0.3 µs
            own[...] = rows
        if self._owners.size:
            self._envelope.seal(self.messages.rounds, *self._sealed)
        for needed, sent in self._copies:
            self._rows.take(needed, axis=0, out=sent)
        self.messages.start()

    def _open(self, round_: int) -> None:
        heads, payloads, owners = self._opened
        if self.messages.lost:
            here = ~np.isin(owners, list(self.messages.lost))
            heads, payloads, owners = heads[here], payloads[here], owners[here]
        self._envelope.open(round_, heads, payloads, owners)

    def poll(self) -> None:
        """Let large messages make progress."""
        self.messages.poll()

    def wait(self) -> tuple[Rows, ...]:
        """Wait for each peer, then W V, or (I − W) V, for each posted V: hosted×width each, new arrays.

        Raises:
            PeerError: a peer's message failed, or is not the one of this round; names the rank.
        """
        round_ = self.messages.rounds - 1
        self.messages.wait()
        if self._owners.size:
            self._open(round_)
        up = self._links.up(self._round)  # asked now: a neighbour may have died while it was waited for
        if up is not None:
            self._stack[~self._block.heard(up)] = 0  # may be anything, and 0 × NaN is NaN
        mixed = self._product(self._stack, up)  # all variables, all hosted nodes: one product
        return tuple([mixed[columns] for columns in self._columns])


def _product(
    plan: Plan, widths: tuple[int, ...], laplacian: tuple[bool, ...], dtype: np.dtype[Any], links: Links
) -> Product:
    """Plan the products of a round: one for neighbouring variables of one kind."""
    runs = groupby(zip(laplacian, widths, strict=True), itemgetter(0))
    kinds = [(of, sum(width for _, width in run)) for of, run in runs]
    products: list[Product] = []
    for of_laplacian, width in kinds:
        if of_laplacian:
            products.append(Laplacian(plan.block, dtype))
        elif links.delay:
            products.append(LateAverage(plan.block, plan.hosted, width, dtype, links))
        else:
            products.append(Average(plan.block, width, dtype))
    return products[0] if len(products) == 1 else SideBySide(products, [width for _, width in kinds])
