"""Natural compression, compiled."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import from_dtype, types

from p2pbo.arrays import Rows, Wire
from p2pbo.compression.codec import NotFinite
from p2pbo.compression.compiled.jit import (
    BLOCK,
    KEYS,
    MESSAGES,
    WORDS,
    WRITTEN_MESSAGES,
    compiled,
    contiguous,
    stacked,
)
from p2pbo.compression.compiled.packing import spread, squeeze
from p2pbo.compression.compiled.random_words import draw
from p2pbo.randomness import Keys


def write_powers(rows: Rows, keys: Keys, wire: Wire, limit: float) -> None:
    """Write sign and exponent of each entry, rounded at random and packed.

    Raises:
        NotFinite: a row has an entry that cannot be sent.
    """
    loops, word = _loops(rows.dtype), f"u{rows.itemsize}"
    refused = loops.write(rows.view(word), keys, wire, np.array(limit, rows.dtype).view(word)[()])
    if refused >= 0:
        raise NotFinite(refused)


def read_powers(wire: Wire, rows: Rows) -> None:
    """Read the powers of two."""
    _loops(rows.dtype).read(wire, rows.view(f"u{rows.itemsize}"))


class _Loops(NamedTuple):
    write: Any
    read: Any


@cache
def _loops(dtype: np.dtype[Any]) -> _Loops:
    """Compile the loops for rows of ``dtype``, whose layout is constant in them."""
    word, size, mantissa = WORDS[dtype], dtype.itemsize, int(np.finfo(dtype).nmant)
    width, magnitude = 8 * size - mantissa, word((1 << 8 * size - 1) - 1)
    bits = from_dtype(np.dtype(word))

    @compiled(types.int64(stacked(bits), KEYS, WRITTEN_MESSAGES, bits), dtype)
    def write(rows: Any, keys: Any, wire: Any, limit: Any) -> int:
        """Write all messages, up to a row with a magnitude of ``limit`` or more; return its number, or −1."""
        dim = rows.shape[1]
        drawn, plane = np.empty(BLOCK * size // 8, np.uint64), np.zeros(BLOCK, np.uint8)
        random = drawn.view(word)
        for i in range(len(rows)):
            row, message = contiguous(rows[i]), contiguous(wire[i])
            largest = word(0)
            for begin in range(0, dim, BLOCK):
                block, octets = row[begin : begin + BLOCK], message[begin : min(begin + BLOCK, dim)]
                draw(keys[i], begin * size // 8, drawn)
                for j in range(len(block)):
                    largest = max(largest, word(block[j] & magnitude))
                    rounded = word(word(random[j] >> width) + block[j])
                    octets[j] = (rounded >> mantissa) & 0xFF
                    plane[j] = rounded >> mantissa + 8
                plane[len(block) :] = 0
                squeeze(plane, width - 8, message[dim:], begin, len(block))
            if largest >= limit:
                return i
        return -1

    @compiled(types.void(MESSAGES, stacked(bits, written=True)), dtype)
    def read(wire: Any, rows: Any) -> None:
        """Read all rows."""
        dim = rows.shape[1]
        plane = np.empty(BLOCK, np.uint8)
        for i in range(len(rows)):
            row, message = contiguous(rows[i]), contiguous(wire[i])
            for begin in range(0, dim, BLOCK):
                block, octets = row[begin : begin + BLOCK], message[begin : min(begin + BLOCK, dim)]
                spread(message[dim:], begin, len(block), width - 8, plane)
                for j in range(len(block)):
                    block[j] = word(word(octets[j]) << mantissa) | word(word(plane[j]) << mantissa + 8)

    return _Loops(write, read)
