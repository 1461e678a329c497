"""Letters between ranks that may die: sent and fetched without waiting, so that nobody hangs on the dead.

Looking for letters from anybody also tells of deaths, whoever has died.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from p2pbo.network.wire.fault_tolerant import check_not_forsaken, died

if TYPE_CHECKING:
    from mpi4py import MPI


class Letter(NamedTuple):
    """Numbers of one kind, about a step, from a rank."""

    sender: int
    kind: int
    step: int
    values: NDArray[np.float64]


class Post:
    """One rank's letter box on a communicator of its own."""

    def __init__(self, comm: MPI.Intracomm) -> None:
        from mpi4py import MPI

        self._comm, self._status = comm.Dup(), MPI.Status()
        self._anyone = MPI.ANY_SOURCE, MPI.ANY_TAG
        self.rank, self.size = comm.Get_rank(), comm.Get_size()
        self.dead: set[int] = set()
        self._on_their_way: list[tuple[Any, NDArray[np.float64]]] = []
        self._own: deque[Letter] = deque()

    @property
    def living(self) -> list[int]:
        """All ranks that are not known to be dead."""
        return [rank for rank in range(self.size) if rank not in self.dead]

    def send(self, rank: int, kind: int, step: int, values: NDArray[np.float64]) -> None:
        """Send a letter; it is lost if its receiver dies."""
        if rank == self.rank:
            self._own.append(Letter(rank, kind, step, values))
        elif rank not in self.dead:
            text = np.concatenate([[float(step)], values])
            try:
                self._on_their_way.append((self._comm.Isend(text, rank, kind), text))
            except Exception as error:
                self._bury(error)

    def fetch(self) -> Iterator[Letter]:
        """Yield the letters that have come."""
        self._on_their_way = [(sent, text) for sent, text in self._on_their_way if not self._arrived(sent)]
        while self._own:
            yield self._own.popleft()
        while (letter := self._next()) is not None:
            yield letter

    def revoke(self) -> None:
        """No letters for anybody any more: whoever looks for some hears that the run is over."""
        self._comm.Revoke()

    def _next(self) -> Letter | None:
        try:
            if not self._comm.Iprobe(*self._anyone, self._status):
                return None
            sender, kind = self._status.source, self._status.tag
            text = np.empty(self._status.count // 8)
            self._comm.Recv(text, sender, kind)
        except Exception as error:
            self._bury(error)
            return None
        return Letter(sender, kind, int(text[0]), text[1:])

    def _arrived(self, sent: Any) -> bool:
        try:
            return bool(sent.Test())
        except Exception as error:
            self._bury(error)
            return True

    def _bury(self, error: Exception) -> None:
        """Take note of who has died, and let the others' letters come again."""
        check_not_forsaken(error)
        if not died(error):
            raise error
        failed, everyone = self._comm.Get_failed(), self._comm.Get_group()
        self.dead |= set(failed.Translate_ranks(list(range(failed.Get_size())), everyone))
        self._comm.Ack_failed(self.size)
