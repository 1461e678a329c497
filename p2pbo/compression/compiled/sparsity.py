"""Entries of sparse codecs gathered and scattered, compiled."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import from_dtype, types

from p2pbo.arrays import IndexArray, Rows
from p2pbo.compression.codec import NotFinite
from p2pbo.compression.compiled.jit import compiled, contiguous, stacked

_POSITIONS = stacked(types.int64)


def gather(rows: Rows, at: IndexArray, values: Rows, below: float = np.inf) -> None:
    """Write the entries at these positions of each row, each smaller in magnitude than ``below``.

    Raises:
        NotFinite: a row has an entry that is not.
    """
    refused = _loops(rows.dtype).gather(rows, at, values, rows.dtype.type(below))
    if refused >= 0:
        raise NotFinite(refused)


def scatter(values: Rows, at: IndexArray, rows: Rows, scale: float = 1.0) -> None:
    """Write ``values`` times ``scale`` to these positions of each row."""
    _loops(rows.dtype).scatter(values, at, rows, rows.dtype.type(scale))


class _Loops(NamedTuple):
    gather: Any
    scatter: Any


@cache
def _loops(dtype: np.dtype[Any]) -> _Loops:
    """Compile the loops for rows of ``dtype``."""
    entry = from_dtype(dtype)

    @compiled(types.int64(stacked(entry), _POSITIONS, stacked(entry, written=True), entry), dtype)
    def gather(rows: Any, positions: Any, values: Any, below: Any) -> int:
        """Gather all rows' entries, up to a row with one of ``below`` or more; return its number, or −1."""
        for i in range(len(rows)):
            row, at, sent = contiguous(rows[i]), contiguous(positions[i]), contiguous(values[i])
            refused = 0
            for k in range(len(at)):
                value = row[at[k]]
                sent[k] = value
                refused += not (abs(value) < below)  # NaN is smaller than nothing
            if refused > 0:
                return i
        return -1

    @compiled(types.void(stacked(entry), _POSITIONS, stacked(entry, written=True), entry), dtype)
    def scatter(values: Any, positions: Any, rows: Any, scale: Any) -> None:
        """Scatter all rows' entries."""
        for i in range(len(rows)):
            row, at, sent = contiguous(rows[i]), contiguous(positions[i]), contiguous(values[i])
            for k in range(len(at)):
                row[at[k]] = sent[k] * scale

    return _Loops(gather, scatter)
