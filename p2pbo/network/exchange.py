"""The base of all kinds of rounds: messages of their own, a count, and two halves, ``post`` and ``wait``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import Rows
from p2pbo.network.checkpointing import CheckpointRows
from p2pbo.network.streams import Sent
from p2pbo.network.wire.transport import Transport


class Exchange(ABC):
    """One kind of round of one rank, planned once: ``post`` rows, and ``wait`` for what becomes of them.

    Attributes:
        kind: text that all ranks share; names what messages hold, and what a checkpoint keeps.
        requests: the messages to and from other ranks.
        edge_bytes: payload of every directed edge of the network in this round; one number: all the same.
        crossing: bytes that go from this rank to each of its peers in this round.
        varying: whether these differ from round to round.
    """

    edge_bytes: int | NDArray[np.int64]
    crossing: dict[int, int]
    varying: bool = False

    def __init__(self, kind: str, transport: Transport) -> None:
        self.kind = kind
        self.requests = transport.requests()
        self._transport, self._links = transport, transport.links
        self._round = 0  # of all kinds of rounds, as links number them

    @abstractmethod
    def post(self, sent: Sequence[Sent]) -> Exchange:
        """Start a round with all streams' rows, which must stay as they are until :meth:`wait`; return this exchange.

        Raises:
            NotFinite: a hosted row cannot be sent; names it and its variable.
            RuntimeError: the previous round has not been waited for: its rows are still on their way.
        """

    @abstractmethod
    def wait(self) -> tuple[Rows, ...]:
        """Wait for each peer, and return what becomes of the rows of each stream: hosted×width, the caller's own.

        Raises:
            NotFinite: a hosted row cannot go through its own codec; names it and its variable.
            PeerError: a peer's message failed, or is not the one of this round; names the rank.
        """

    def poll(self) -> None:
        """Let large messages make progress; cheap, may be called at any time."""
        self.requests.poll()

    @abstractmethod
    def checkpoint_rows(self) -> list[CheckpointRows]:
        """List what each of its streams keeps from round to round."""

    def recover(self) -> None:  # noqa: B027
        """Forget what the dead have a share in; all who live call it after the same step."""

    def begin_again(self) -> None:  # noqa: B027
        """Forget what rounds so far have left in it; all ranks call it after the same step."""

    def restore(self, rounds: int) -> None:
        """Count on from ``rounds`` rounds before."""
        self.requests.rounds = rounds
