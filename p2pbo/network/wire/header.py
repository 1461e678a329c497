"""The header of every message between ranks: which round of which streams it is, how long, and notices.

kind | round | bytes | stop | save | recover | check        64 bits each, behind them the payload

``kind`` stands for the set of variables; ``check`` is a CRC-32 of the words before it, and where that is asked for in
its upper half one of the payload. A message that is not what its receiver waits for is never taken for numbers.

``stop``, ``save`` and ``recover`` are steps: notices that go from neighbour to neighbour with every message, the
smallest wins.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import IndexArray, Wire

HEAD_BYTES = 56

CACHE_LINE = 64
"""Bytes of a cache line: a message that lies to it as it does at its sender's is copied up to a tenth faster."""

NEVER = 2**62
"""The step of a notice that nobody has given."""

_WORDS, _CHECK = struct.Struct("=6q"), struct.Struct("=q")


class Messages(NamedTuple):
    """Memory of messages, one a row: a head, and behind it a payload.

    Attributes:
        whole: rows × bytes, as they travel.
        heads: rows × 7 words.
        payloads: rows × bytes.
        first: the bytes of the first head.
        others: all other heads.
    """

    whole: Wire
    heads: NDArray[np.int64]
    payloads: Wire
    first: memoryview
    others: NDArray[np.int64] | None

    @classmethod
    def empty(cls, rows: int, payload: int) -> Messages:
        """Return memory for so many messages of ``payload`` bytes, all aligned alike."""
        stride = -(-(HEAD_BYTES + payload) // CACHE_LINE) * CACHE_LINE
        memory = np.zeros(rows * stride + CACHE_LINE, np.uint8)
        first = -memory.ctypes.data % CACHE_LINE
        return cls.within(memory[first : first + rows * stride].reshape(rows, stride), payload)

    @classmethod
    def within(cls, whole: Wire, payload: int) -> Messages:
        """Return the messages in this memory, rows × bytes."""
        heads, payloads = whole[:, :HEAD_BYTES], whole[:, HEAD_BYTES : HEAD_BYTES + payload]
        words = heads.view(np.int64)
        others = words[1:] if len(words) > 1 else None
        return cls(whole, words, payloads, heads[:1].reshape(-1).data, others)

    def rows(self, which: slice | NDArray[np.bool_]) -> Messages:
        """Return some of the messages: a slice of them in the same memory, others as copies."""
        return self.within(self.whole[which], self.payloads.shape[1])


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
        length: bytes of a payload, which may change from round to round.
        notices: what this rank knows; what others know is added to it.
        checksum: whether payloads are checked, too.
    """

    def __init__(self, kind: str, length: int, notices: Notices, checksum: bool) -> None:
        digest = hashlib.blake2b(kind.encode(), digest_size=7).digest()
        self._kind, self._what = int.from_bytes(digest, "little"), kind
        self.length, self._notices, self._checksum = length, notices, checksum
        self._usual = b""

    def write(self, round_: int, messages: Messages) -> None:
        """Write the heads of a round's messages."""
        notices = self._notices
        words = _WORDS.pack(self._kind, round_, self.length, notices.stop, notices.save, notices.recover)
        messages.first[:] = self._usual = words + _CHECK.pack(zlib.crc32(words))
        if messages.others is not None:
            messages.others[...] = messages.heads[0]
        if self._checksum:
            for head, payload in zip(messages.heads, messages.payloads, strict=True):
                head[6] |= payload_check(payload)

    def check(self, round_: int, messages: Messages, ranks: IndexArray) -> None:
        """Check the heads of what came from ``ranks``, and take their notices.

        Raises:
            PeerError: a message is not of this round, these variables and this length, or is damaged.
        """
        if self._checksum or messages.heads.tobytes() != self._usual * len(messages.heads):
            for head, payload, rank in zip(messages.heads, messages.payloads, ranks.tolist(), strict=True):
                self._examine(round_, head, payload, rank)

    def _examine(self, round_: int, head: NDArray[np.int64], payload: Wire, rank: int) -> None:
        kind, number, length, *notices, check = head.tolist()
        if check & 0xFFFFFFFF != zlib.crc32(head[:6].tobytes()):
            raise PeerError(f"a message of rank {rank} is damaged: its head does not fit its own check")
        if (kind, number, length) != (self._kind, round_, self.length):
            what = f"round {number}" if kind == self._kind else "other variables"
            raise PeerError(
                f"rank {rank} sent {length} bytes of {what}, where {self.length} bytes of round {round_} of "
                f"{self._what} are due"
            )
        if self._checksum and check & ~0xFFFFFFFF != payload_check(payload):
            raise PeerError(f"a message of rank {rank} is damaged: round {round_} of {self._what}")
        self._notices.merge(*notices)


def payload_check(payload: Wire) -> int:
    """Return a payload's CRC-32 in the upper half of a signed word."""
    upper = zlib.crc32(payload.tobytes()) << 32
    return upper - (1 << 64) if upper >> 63 else upper
