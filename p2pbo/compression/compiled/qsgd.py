"""QSGD's levels, compiled; the norms stay numpy's, whose order of adding up is its own."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import from_dtype, types

from p2pbo.arrays import Rows, Vector, Wire
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
from p2pbo.compression.compiled.packing import pack_block, unpack_block
from p2pbo.compression.compiled.random_words import draw
from p2pbo.randomness import Keys


def largest_magnitudes(rows: Rows) -> Vector:
    """Return the largest magnitude of each row; numpy's where that is 0, which may have a sign."""
    found = np.empty(len(rows), rows.dtype)
    word = f"u{rows.itemsize}"
    _largest(rows.dtype)(rows.view(word), found.view(word))
    return found if found.all() else np.maximum(rows.max(axis=1), -rows.min(axis=1))


def write_levels(relative: Rows, factors: Rows, keys: Keys, wire: Wire, levels: int, bucket: int) -> None:
    """Write the levels of all entries, rounded at random and packed."""
    _writer(relative.dtype, _width(levels))(relative, factors, keys, wire, levels, bucket)


def read_levels(wire: Wire, steps: Rows, rows: Rows, levels: int, bucket: int) -> None:
    """Read levels times the step of their bucket."""
    _reader(rows.dtype, _width(levels))(wire, steps, rows, levels, bucket)


def _width(levels: int) -> int:
    """Return the bits of a signed level."""
    return (2 * levels).bit_length()


def _code(width: int) -> Any:
    """Return the type of unsigned whole numbers of so many bits."""
    return np.min_scalar_type((1 << width) - 1).type


@cache
def _largest(dtype: np.dtype[Any]) -> Any:
    """Compile the search for the largest magnitudes, whose bits are in their order."""
    word, highest = WORDS[dtype], 8 * dtype.itemsize - 1
    bits, magnitude = from_dtype(np.dtype(word)), word((1 << highest) - 1)

    @compiled(types.void(stacked(bits), bits[::1]), dtype)
    def largest_of_all(rows: Any, found: Any) -> None:
        """Write those of all rows."""
        for i in range(len(rows)):
            row = contiguous(rows[i])
            largest = word(0)
            for k in range(len(row)):
                largest = max(largest, word(row[k] & magnitude))
            found[i] = largest

    return largest_of_all


@cache
def _writer(dtype: np.dtype[Any], width: int) -> Any:
    """Compile the loop that writes rows of ``dtype`` as levels of ``width`` bits, both constant in it."""
    size, word, entry, code = dtype.itemsize, WORDS[dtype], from_dtype(dtype), _code(width)
    whole, point = np.dtype(f"i{size}").type, 8 * size - 1 - width

    @compiled(
        types.void(stacked(entry), stacked(entry), KEYS, WRITTEN_MESSAGES, types.int64, types.int64),
        dtype,
        width,
    )
    def write(relative: Any, factors: Any, keys: Any, wire: Any, levels: int, bucket: int) -> None:
        """Write all messages."""
        dim, lowest = relative.shape[1], word(levels << point)
        drawn, codes = np.empty(BLOCK * size // 8, np.uint64), np.empty(BLOCK, code)
        random, plane = drawn.view(word), np.empty(BLOCK, np.uint8)
        for i in range(len(relative)):
            row, message = contiguous(relative[i]), contiguous(wire[i])
            for begin in range(0, dim, BLOCK):
                block = row[begin : begin + BLOCK]
                draw(keys[i], begin * size // 8, drawn)
                at = 0
                while at < len(block):
                    b = (begin + at) // bucket
                    end, factor = min((b + 1) * bucket - begin, len(block)), factors[i, b]
                    entries, bits, shifted = block[at:end], random[at:end], codes[at:end]
                    for j in range(len(entries)):
                        fixed = word(word(whole(entries[j] * factor)) + lowest)
                        shifted[j] = word(fixed + word(bits[j] >> width + 1)) >> point
                    at = end
                pack_block(codes, begin, len(block), dim, width, message, plane)

    return write


@cache
def _reader(dtype: np.dtype[Any], width: int) -> Any:
    """Compile the loop that reads rows of ``dtype`` from levels of ``width`` bits, both constant in it."""
    number, entry, code = dtype.type, from_dtype(dtype), _code(width)
    signed = np.dtype(f"i{np.dtype(code).itemsize}").type

    @compiled(
        types.void(MESSAGES, stacked(entry), stacked(entry, written=True), types.int64, types.int64),
        dtype,
        width,
    )
    def read(wire: Any, steps: Any, rows: Any, levels: int, bucket: int) -> None:
        """Read all rows."""
        dim, lowest = rows.shape[1], code(levels)
        codes, plane = np.empty(BLOCK, code), np.empty(BLOCK, np.uint8)
        for i in range(len(rows)):
            row, message = contiguous(rows[i]), contiguous(wire[i])
            for begin in range(0, dim, BLOCK):
                block = row[begin : begin + BLOCK]
                unpack_block(message, begin, len(block), dim, width, codes, plane)
                at = 0
                while at < len(block):
                    b = (begin + at) // bucket
                    end, step = min((b + 1) * bucket - begin, len(block)), steps[i, b]
                    entries, shifted = block[at:end], codes[at:end]
                    for j in range(len(entries)):
                        entries[j] = number(signed(shifted[j] - lowest)) * step
                    at = end

    return read
