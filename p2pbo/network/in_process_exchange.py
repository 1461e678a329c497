"""An exact round among nodes of one process: nothing travels, and each stream's rows are multiplied where they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from p2pbo.arrays import Rows
from p2pbo.network.checkpointing import CheckpointRows
from p2pbo.network.exact_exchange import round_bytes
from p2pbo.network.exchange import Exchange
from p2pbo.network.mixing.operators import Operator
from p2pbo.network.rank_network import RankNetwork
from p2pbo.network.streams import Stream
from p2pbo.network.wire.transport import Transport


class InProcessExchange(Exchange):
    """A round of whole rows of fixed widths, none of them late, each stream multiplied by W, R, C or I − W."""

    def __init__(
        self,
        kind: str,
        streams: Sequence[Stream],
        widths: Sequence[int],
        own: RankNetwork,
        transport: Transport,
    ) -> None:
        super().__init__(kind, transport)
        # fixed per run
        self.edge_bytes = round_bytes(streams, widths, own)  # of every directed edge
        self.crossing = {}
        operators = [Operator.of(stream) for stream in streams]
        product = {of: of.product(width, own) for of, width in zip(operators, widths, strict=True)}
        self._products = [product[of] for of in operators]
        # per round
        self._mixed: tuple[Rows, ...] = ()

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """Return nothing: no row is kept from round to round."""
        return []

    def post(self, sent: Sequence[Any]) -> InProcessExchange:
        """Multiply each stream's rows: there is nothing to wait for."""
        self.requests.check_idle()
        up = self._links.up(self._transport.begin())
        self._mixed = tuple([product(rows, up) for product, rows in zip(self._products, sent)])  # noqa: B905 - as planned
        self.requests.start()
        self._transport.count(self)
        return self

    def wait(self) -> tuple[Rows, ...]:
        """Return the products, and keep none."""
        self.requests.wait()
        mixed, self._mixed = self._mixed, ()
        return mixed
