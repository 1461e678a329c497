"""The header of every message between ranks: which round of which streams it is, how long, and notices.

kind | round | bytes | stop | save | recover | check        64 bits each, behind them the payload

``kind`` stands for the set of variables; ``check`` is a CRC-32 of the words before it, and where that is asked for in
its upper half one of the payload. A message that is not what its receiver waits for is never taken for numbers.

``stop``, ``save`` and ``recover`` are steps: notices that go from neighbour to neighbour with every message, the
smallest wins.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HEAD_BYTES = 56

NEVER = 2**62
"""The step of a notice that nobody has given."""

Heads = NDArray[np.int64]
"""One head a row: rows × 7."""


class PeerError(RuntimeError):
    """The exchange with one neighbouring rank failed; the others' are untouched."""


@dataclass
class Notices:
    """Steps after which all ranks stop, save their state, or recover from the death of a node."""

    stop: int = NEVER
    save: int = NEVER
    recover: int = NEVER

    def merge(self, stop: int, save: int, recover: int) -> None:
        """Merge a neighbour's notices: the earlier step counts."""
        self.stop, self.save, self.recover = (
            min(self.stop, stop),
            min(self.save, save),
            min(self.recover, recover),
        )


class MessageHeader:
    """Heads of one exchange's messages: before ``length`` bytes to each peer, or before each of its rows.

    Args:
        kind: what the messages hold, as text that all ranks share.
        length: bytes of a payload.
        notices: what this rank knows; what others know is added to it.
        checksum: whether payloads are checked, too.
    """

    def __init__(self, kind: str, length: int, notices: Notices, checksum: bool) -> None:
        digest = hashlib.blake2b(kind.encode(), digest_size=7).digest()
        self._kind, self._what = int.from_bytes(digest, "little"), kind
        self._length, self._notices, self._checksum = length, notices, checksum
        self._own = np.array([self._kind, 0, length, *[NEVER] * 3, 0], dtype=np.int64)
        self._usual = b""

    def write(self, round_: int, heads: Heads, payloads: NDArray[np.uint8]) -> None:
        """Write the heads of a round's payloads (one a row)."""
        own, notices = self._own, self._notices
        own[1], own[3:6] = round_, (notices.stop, notices.save, notices.recover)
        own[6] = zlib.crc32(own[:6].data)
        self._usual = own.tobytes()
        heads[...] = own
        if self._checksum:
            for head, payload in zip(heads, payloads, strict=True):
                head[6] |= _crc(payload)

    def check(self, round_: int, heads: Heads, payloads: NDArray[np.uint8], ranks: NDArray[np.int64]) -> None:
        """Check the heads of what came from ``ranks``, and take their notices.

        Raises:
            PeerError: a message is not of this round, these variables and this length, or is damaged.
        """
        if self._checksum or heads.tobytes() != self._usual * len(heads):
            for head, payload, rank in zip(heads, payloads, ranks.tolist(), strict=True):
                self._examine(round_, head, payload, rank)

    def _examine(self, round_: int, head: NDArray[np.int64], payload: NDArray[np.uint8], rank: int) -> None:
        kind, number, length, *notices, check = head.tolist()
        if check & 0xFFFFFFFF != zlib.crc32(head[:6].tobytes()):
            raise PeerError(f"a message of rank {rank} is damaged: its head does not fit its own check")
        if (kind, number, length) != (self._kind, round_, self._length):
            what = f"round {number}" if kind == self._kind else "other variables"
            raise PeerError(
                f"rank {rank} sent {length} bytes of {what}, where {self._length} bytes of round {round_} of "
                f"{self._what} are due"
            )
        if self._checksum and check & ~0xFFFFFFFF != _crc(payload):
            raise PeerError(f"a message of rank {rank} is damaged: round {round_} of {self._what}")
        self._notices.merge(*notices)


def _crc(payload: NDArray[np.uint8]) -> int:
    """Return a payload's CRC-32 in the upper half of a signed word."""
    upper = zlib.crc32(payload.tobytes()) << 32
    return upper - (1 << 64) if upper >> 63 else upper


def message_buffers(rows: int, payload: int) -> tuple[NDArray[np.uint8], Heads, NDArray[np.uint8]]:
    """Return (messages, their heads, their payloads): memory for rows of a head and ``payload`` bytes, aligned to 8."""
    whole = np.zeros((rows, HEAD_BYTES + -(-payload // 8) * 8), np.uint8)
    return whole, whole[:, :HEAD_BYTES].view(np.int64), whole[:, HEAD_BYTES : HEAD_BYTES + payload]
