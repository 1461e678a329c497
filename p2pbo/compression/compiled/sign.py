"""Scaled sign, compiled; the mean magnitude stays numpy's, whose order of adding up is its own."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import from_dtype, types

from p2pbo.arrays import Rows, Wire
from p2pbo.compression.compiled.jit import (
    BLOCK,
    MESSAGES,
    WORDS,
    WRITTEN_MESSAGES,
    compiled,
    contiguous,
    stacked,
)
from p2pbo.compression.compiled.packing import spread, squeeze


def write_signs(rows: Rows, wire: Wire) -> None:
    """Write a bit for each entry, set where it is negative."""
    _loops(rows.dtype).write(rows.view(f"u{rows.itemsize}"), wire)


def read_signs(wire: Wire, scales: Rows, rows: Rows) -> None:
    """Read ± each row's scale."""
    word = f"u{rows.itemsize}"
    _loops(rows.dtype).read(wire, scales.view(word), (-1 * scales).view(word), rows.view(word))


class _Loops(NamedTuple):
    write: Any
    read: Any


@cache
def _loops(dtype: np.dtype[Any]) -> _Loops:
    """Compile the loops for rows of ``dtype``."""
    bits, highest = from_dtype(np.dtype(WORDS[dtype])), 8 * dtype.itemsize - 1

    @compiled(types.void(stacked(bits), WRITTEN_MESSAGES), dtype)
    def write(rows: Any, wire: Any) -> None:
        """Write all messages."""
        plane = np.empty(BLOCK, np.uint8)
        for i in range(len(rows)):
            row, message = contiguous(rows[i]), contiguous(wire[i])
            for begin in range(0, len(row), BLOCK):
                block = row[begin : begin + BLOCK]
                for j in range(len(block)):
                    plane[j] = block[j] >> highest
                plane[len(block) :] = 0
                squeeze(plane, 1, message, begin, len(block))

    @compiled(types.void(MESSAGES, stacked(bits), stacked(bits), stacked(bits, written=True)), dtype)
    def read(wire: Any, positive: Any, negative: Any, rows: Any) -> None:
        """Read all rows: one of two numbers each."""
        plane = np.empty(BLOCK, np.uint8)
        for i in range(len(rows)):
            row, message = contiguous(rows[i]), contiguous(wire[i])
            above, below = positive[i, 0], negative[i, 0]
            for begin in range(0, len(row), BLOCK):
                block = row[begin : begin + BLOCK]
                spread(message, begin, len(block), 1, plane)
                for j in range(len(block)):
                    block[j] = below if plane[j] else above

    return _Loops(write, read)
