"""Top-K, compiled: a sample of each row tells which entries may be among the largest; numpy chooses of these."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import from_dtype, types

from p2pbo.arrays import IndexArray, Rows
from p2pbo.compression.compiled.jit import BLOCK, compiled, contiguous, stacked

SAMPLE = 8192
"""Entries of a row that are looked at first."""


def largest_entries_of_long_rows(rows: Rows, kept: int) -> IndexArray:
    """Return the positions (n × K, ascending) of the K largest entries of each row, of equal ones the first."""
    at = np.empty((len(rows), kept), np.int64)
    candidates = np.empty(rows.shape[1] + 8, np.int64)
    for row, chosen in zip(rows.view(f"u{rows.itemsize}"), at, strict=True):
        _choose(row, candidates, chosen)
    return at


def _choose(row: Any, candidates: IndexArray, chosen: IndexArray) -> None:
    """Write the positions of the K largest magnitudes of one row of floats, given as whole numbers."""
    loops, kept = _loops(row.dtype), len(chosen)
    count = loops.reach(row, _guess(row, kept), candidates)
    if count < kept:  # the sample was not like the row
        count = loops.reach(row, row.dtype.type(0), candidates)
    magnitudes = row[candidates[:count]] & _magnitude(row.dtype)
    ordered = np.partition(magnitudes, count - kept)
    least = ordered[count - kept]
    equal = np.count_nonzero(ordered[count - kept :] == least)
    loops.choose(candidates[:count], magnitudes, least, equal, chosen)


class _Loops(NamedTuple):
    reach: Any
    choose: Any


def _guess(row: Any, kept: int) -> Any:
    """Return a magnitude that a few more than K entries reach, as a sample tells; 0 where few are left out."""
    sample = row[:: max(1, len(row) // SAMPLE)] & _magnitude(row.dtype)
    expected = kept / len(row) * len(sample)
    rank = int(expected + 4 * expected**0.5 + 4)
    if rank >= len(sample):
        return row.dtype.type(0)
    sample.partition(len(sample) - rank)
    return sample[len(sample) - rank]


def _magnitude(word: np.dtype[Any]) -> Any:
    """Return the bits of a float but for its sign."""
    return word.type(np.iinfo(word).max >> 1)


@cache
def _loops(dtype: np.dtype[Any]) -> _Loops:
    """Compile the loops for floats whose bits are words of ``dtype``."""
    word, magnitude, bits = dtype.type, _magnitude(dtype), from_dtype(dtype)

    @compiled(types.int64(stacked(bits, dimensions=1), bits, types.int64[::1]), dtype)
    def reach(row: Any, least: Any, found: Any) -> int:
        """Write the positions of magnitudes of ``least`` or more, which may overwrite 8 more; return their number."""
        row = contiguous(row)
        reached = np.empty(BLOCK, np.uint8)
        eights = reached.view(np.uint64)
        count = 0
        for begin in range(0, len(row), BLOCK):
            block = row[begin : begin + BLOCK]
            for j in range(len(block)):
                reached[j] = word(block[j] & magnitude) >= least
            reached[len(block) :] = 0
            for e in range((len(block) + 7) // 8):
                if eights[e] != 0:
                    for j in range(8 * e, 8 * e + 8):
                        found[count] = begin + j
                        count += reached[j]
        return count

    @compiled(types.void(types.int64[::1], bits[::1], bits, types.int64, types.int64[::1]), dtype)
    def choose(candidates: Any, magnitudes: Any, least: Any, equal: int, chosen: Any) -> None:
        """Write the candidates above ``least``, and the first ``equal`` that have it."""
        count = 0
        for c in range(len(candidates)):
            last = magnitudes[c] == least
            taken = magnitudes[c] > least or (last and equal > 0)
            if taken:
                chosen[count] = candidates[c]
                count += 1
            equal -= last

    return _Loops(reach, choose)
