"""The bytes of an asynchronous node's message between ranks: a head that is checked, ρ, and v behind it.

kind | bytes | stamp | echo | sent at | check        64 bits each

``kind`` stands for the variables; ``check`` is a CRC-32 of the words before it, and where asked for in its upper
half one of the payload, as in rounds (``network/wire/header.py``).
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from typing import Any

import numpy as np

from p2pbo.arrays import Wire
from p2pbo.asynchronous.messages import Message
from p2pbo.network.wire.header import CACHE_LINE, PeerError, payload_check

_WORDS, _CHECK = struct.Struct("=4qd"), struct.Struct("=q")
_HEAD = _WORDS.size + _CHECK.size


class MessageFormat:
    """The format of all messages of a run.

    Args:
        what: they hold, as text that all ranks share.
        width: D, the entries of all variables that are mixed.
        dtype: of v.
        checksum: whether payloads are checked, too.
    """

    def __init__(self, what: str, width: int, dtype: np.dtype[Any], checksum: bool) -> None:
        digest = hashlib.blake2b(what.encode(), digest_size=7).digest()
        self._kind = int.from_bytes(digest, "little")
        self._width, self._dtype, self._checksum = width, dtype, checksum
        self._payload = width * (8 + dtype.itemsize)

    def buffer(self) -> Wire:
        """Return memory for one message."""
        return np.zeros(CACHE_LINE + self._payload, np.uint8)

    def write(self, message: Message, buffer: Wire) -> None:
        """Write a message."""
        mass, v = self._rows(buffer)
        mass[:], v[:] = message.mass, message.v
        words = _WORDS.pack(self._kind, self._payload, message.stamp, message.echo, message.sent_at)
        check = zlib.crc32(words)
        if self._checksum:
            check |= payload_check(buffer[CACHE_LINE:])
        buffer[:_HEAD].data[:] = words + _CHECK.pack(check)

    def read(self, buffer: Wire, rank: int) -> Message:
        """Return a message of a rank; its rows lie in the buffer.

        Raises:
            PeerError: it is damaged, or not one of this run's.
        """
        head = buffer[:_HEAD].tobytes()
        (check,) = _CHECK.unpack(head[_WORDS.size :])
        if check & 0xFFFFFFFF != zlib.crc32(head[: _WORDS.size]):
            raise PeerError(f"a message of rank {rank} is damaged: its head does not fit its own check")
        kind, size, stamp, echo, sent_at = _WORDS.unpack(head[: _WORDS.size])
        if (kind, size) != (self._kind, self._payload):
            raise PeerError(
                f"rank {rank} sent {size} bytes of other variables, where {self._payload} are due"
            )
        if self._checksum and check & ~0xFFFFFFFF != payload_check(buffer[CACHE_LINE:]):
            raise PeerError(f"a message of rank {rank} is damaged: what step {stamp} tells")
        mass, v = self._rows(buffer)
        return Message(stamp, sent_at, echo, v, mass)

    def _rows(self, buffer: Wire) -> tuple[Any, Any]:
        """Return ρ and v in a buffer."""
        rows, wide = buffer[CACHE_LINE:], 8 * self._width
        return rows[:wide].view(np.float64), rows[wide:].view(self._dtype)
