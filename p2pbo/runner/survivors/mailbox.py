"""Messages between ranks that may fail: sent and received without waiting, so that no rank waits for a failed one.

Looking for messages from any rank also tells of failures, whichever rank has failed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from p2pbo.network.wire.fault_tolerant import check_not_revoked, is_process_failure

if TYPE_CHECKING:
    from mpi4py import MPI


class Message(NamedTuple):
    """Numbers of one kind, about a step, from a rank."""

    sender: int
    kind: int
    step: int
    values: NDArray[np.float64]


class Mailbox:
    """One rank's messages, on a communicator of its own."""

    def __init__(self, comm: MPI.Intracomm) -> None:
        from mpi4py import MPI

        self._comm, self._status = comm.Dup(), MPI.Status()
        self._anyone = MPI.ANY_SOURCE, MPI.ANY_TAG
        self.rank, self.size = comm.Get_rank(), comm.Get_size()
        self.failed: set[int] = set()
        self._sending: list[tuple[Any, NDArray[np.float64]]] = []
        self._newest: dict[tuple[int, int], Any] = {}  # by receiver and kind
        self._own: deque[Message] = deque()

    @property
    def alive(self) -> list[int]:
        """All ranks that are not known to have failed."""
        return [rank for rank in range(self.size) if rank not in self.failed]

    def send(self, rank: int, kind: int, step: int, values: NDArray[np.float64]) -> None:
        """Send a message; it is lost if its receiver fails."""
        if rank == self.rank:
            self._own.append(Message(rank, kind, step, values))
        elif rank not in self.failed:
            text = np.concatenate([[float(step)], values])
            try:
                self._sending.append((self._comm.Isend(text, rank, kind), text))
            except Exception as error:
                self._mark_failed(error)

    def send_newest(self, rank: int, kind: int, step: int, values: NDArray[np.float64]) -> bool:
        """Send a message unless the last one of its kind has not been received: then only newer ones count.

        Returns:
            Whether it is sent.
        """
        last = self._newest.get((rank, kind))
        if last is not None and not self._arrived(last):
            return False
        if rank == self.rank:
            self._own.append(Message(rank, kind, step, values))
            return True
        text = np.concatenate([[float(step)], values])
        self._newest[rank, kind] = sent = self._comm.Issend(text, rank, kind)
        self._sending.append((sent, text))
        return True

    def receive(self) -> Iterator[Message]:
        """Yield the messages that have come."""
        self._sending = [(sent, text) for sent, text in self._sending if not self._arrived(sent)]
        while self._own:
            yield self._own.popleft()
        while (message := self._next()) is not None:
            yield message

    def revoke(self) -> None:
        """Revoke the communicator: every rank that looks for messages hears that the run is over."""
        self._comm.Revoke()

    def _next(self) -> Message | None:
        try:
            if not self._comm.Iprobe(*self._anyone, self._status):
                return None
            sender, kind = self._status.source, self._status.tag
            text = np.empty(self._status.count // 8)
            self._comm.Recv(text, sender, kind)
        except Exception as error:
            self._mark_failed(error)
            return None
        return Message(sender, kind, int(text[0]), text[1:])

    def _arrived(self, sent: Any) -> bool:
        try:
            return bool(sent.Test())
        except Exception as error:
            self._mark_failed(error)
            return True

    def _mark_failed(self, error: Exception) -> None:
        """Note which ranks have failed, and let messages from the others come again."""
        check_not_revoked(error)
        if not is_process_failure(error):
            raise error
        failed, everyone = self._comm.Get_failed(), self._comm.Get_group()
        self.failed |= set(failed.Translate_ranks(list(range(failed.Get_size())), everyone))
        self._comm.Ack_failed(self.size)


def text_values(text: str) -> NDArray[np.float64]:
    """Return the bytes of a text as the values of a message."""
    return np.frombuffer(text.encode(), np.uint8).astype(np.float64)


def values_text(values: NDArray[np.float64]) -> str:
    """Return the text whose bytes these values are."""
    return values.astype(np.uint8).tobytes().decode()
