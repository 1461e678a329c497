"""Top-K: the K entries of largest magnitude, of equal ones the first. ‖C(v) − v‖² ≤ (1 − K/d)‖v‖².

A message is the K values by ascending position, and their positions: ⌈log₂ d⌉ bits each, two bytes more at most for all
of them (:mod:`p2pbo.compression.packing`), or a bitmap of the row, ⌈d/8⌉ bytes, where that is shorter.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pbo.arrays import IndexArray, Rows, Wire
from p2pbo.compression.codec import Codec
from p2pbo.compression.codecs import CODECS
from p2pbo.compression.implementations import compiled_where_possible
from p2pbo.compression.packing import pack, packed_bytes, unpack
from p2pbo.compression.sparsity import EntriesToKeep, entries_kept, gather, scatter
from p2pbo.randomness import Keys

LONG = 2**14
"""Entries of a row from which on it pays to look at it alone."""


@CODECS.register("topk", argument="keep")
class TopK(Codec):
    """The K largest entries, or a fraction of them (topk:200, topk:0.1).

    Args:
        keep: how many entries are sent: a number, or a fraction of all.
    """

    def __init__(self, dim: int, dtype: np.dtype[Any], /, *, keep: EntriesToKeep) -> None:
        K = self.kept = self._kept = entries_kept("topk", keep, dim)
        self._width = (dim - 1).bit_length()  # ⌈log₂ d⌉
        self._values = K * dtype.itemsize
        self._largest = largest_entries if dim < LONG else largest_entries_of_long_rows
        listed, bitmap = packed_bytes(self._width, K), packed_bytes(1, dim)
        self._listed = listed <= bitmap
        super().__init__(dim, dtype, self._values + min(listed, bitmap), delta=K / dim)

    def encode(self, rows: Rows, keys: Keys, wire: Wire) -> None:
        """Write the K values of each row, then their positions."""
        at = self._largest(rows, self._kept)
        gather(rows, at, wire[:, : self._values].view(self.dtype))
        if self._listed:
            pack(at.astype(np.uint64), self._width, wire[:, self._values :])
        else:
            chosen = np.zeros(rows.shape, dtype=np.uint8)
            np.put_along_axis(chosen, at, 1, axis=1)
            pack(chosen, 1, wire[:, self._values :])

    def decode(self, wire: Wire, keys: Keys, rows: Rows) -> None:
        """Read the values, and zeros elsewhere."""
        rows.view(np.uint8).fill(0)
        values = wire[:, : self._values].view(self.dtype)
        scatter(values, self._positions(wire[:, self._values :]), rows)

    def _positions(self, wire: Wire) -> IndexArray:
        """Return the K positions of each row, inside the row even where the message is damaged."""
        if self._listed:
            return np.minimum(unpack(wire, self._width, self._kept).astype(np.int64), self.dim - 1)
        held = [np.resize(np.flatnonzero(row), self._kept) for row in unpack(wire, 1, self.dim)]
        return np.array(held, dtype=np.int64).reshape(len(wire), self._kept)


def largest_entries(rows: Rows, kept: int) -> IndexArray:
    """Return the positions (n × K, ascending) of the K largest entries of each row, of equal ones the first."""
    # the bits of magnitudes, as whole numbers, are in their order, NaN last
    magnitudes, dim = np.abs(rows).view(f"i{rows.itemsize}"), rows.shape[1]
    least = np.partition(magnitudes, dim - kept, axis=1)[:, dim - kept, None]
    chosen = magnitudes >= least
    if np.count_nonzero(chosen) > kept * len(rows):
        for one, equal in zip(chosen, magnitudes == least, strict=True):
            one[np.flatnonzero(equal)[kept - np.count_nonzero(one & ~equal) :]] = False
    return np.flatnonzero(chosen).reshape(-1, kept) - dim * np.arange(len(rows))[:, None]


@compiled_where_possible
def largest_entries_of_long_rows(rows: Rows, kept: int) -> IndexArray:
    """Return the positions that ``largest_entries`` returns."""
    return largest_entries(rows, kept)
