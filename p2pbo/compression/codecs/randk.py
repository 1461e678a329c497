"""Rand-K: K entries at random positions, scaled by d/K.

E C(v) = v and E‖C(v) − v‖² = (d/K − 1)‖v‖² ask one thing of the draw: that every entry is in it with probability
K/d. So the row, closed to a cycle, is cut into K cells that differ by one entry at most, one entry is drawn of each
(by 16 random bits), and all are turned by a uniform offset, which makes the probability exact. Nothing is drawn twice
and nothing needs sorting: several times faster than a uniform subset, whose ω it has.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import IndexArray, Rows, Wire
from p2pbo.compression.codec import Codec
from p2pbo.compression.codecs import CODECS
from p2pbo.compression.implementations import compiled_where_possible
from p2pbo.compression.sparsity import EntriesToKeep, entries_kept, gather, scatter
from p2pbo.randomness import Keys, words

_NUMBER = np.dtype(np.uint64)


@CODECS.register("randk", argument="keep")
class RandK(Codec):
    """K random entries, or a fraction of them (randk:200, randk:0.1).

    Args:
        keep: how many entries are sent: a number, or a fraction of all.
    """

    def __init__(self, dim: int, dtype: np.dtype[Any], /, *, keep: EntriesToKeep) -> None:
        K = self.kept = self.entries = entries_kept("randk", keep, dim)
        super().__init__(dim, dtype, K * dtype.itemsize, omega=dim / K - 1)
        self._scale = dim / K
        self._largest = float(np.finfo(dtype).max) / self._scale
        cells = np.arange(K + 1) * dim // K
        sizes = np.diff(cells)
        # 16 bits times a size: short words where they can hold it, which halves the memory that a draw passes through
        word: type[np.unsignedinteger[Any]] = np.uint32 if sizes.max() <= 1 << 16 else np.uint64
        self._first, self._size = cells[:-1], sizes.astype(word)
        self._drawn: tuple[Keys, IndexArray] | None = None

    def positions(self, keys: Keys) -> IndexArray:
        """Return the K positions of each row, n × K, ascending but for one place where the cycle closes; read-only.

        Those of the last keys are kept: who sends to a neighbour's replica next decodes what was sent.
        """
        if self._drawn is None or not np.array_equal(self._drawn[0], keys):
            self._drawn = keys.copy(), draw_positions(keys, self._first, self._size)
            self._drawn[1].flags.writeable = False
        return self._drawn[1]

    def encode(self, rows: Rows, keys: Keys, wire: Wire) -> None:
        """Write the K values of each row, in the order of the positions."""
        values = wire.view(self.dtype)
        gather(rows, self.positions(keys), values, self._largest)

    def decode(self, wire: Wire, keys: Keys, rows: Rows) -> None:
        """Read the values times d/K, and zeros elsewhere."""
        rows.view(np.uint8).fill(0)
        scatter(wire.view(self.dtype), self.positions(keys), rows, self._scale)


@compiled_where_possible
def draw_positions(keys: Keys, first: IndexArray, sizes: NDArray[np.unsignedinteger[Any]]) -> IndexArray:
    """Return the K positions of each row, n × K: one of each cell, turned.

    Args:
        first: where each of the K cells begins.
        sizes: their sizes, which together are the row's, in words that hold 16 bits times a size.
    """
    K, dim = len(sizes), int(first[-1]) + int(sizes[-1])
    drawn = words(keys, 1 + -(-K // 4), _NUMBER)
    inside = drawn[:, 1:].view(np.uint16)[:, :K] * sizes
    inside >>= 16  # ⌊u · size⌋
    positions: IndexArray = np.add(inside, first, dtype=np.int64, casting="unsafe")
    turns = (drawn[:, 0] >> 11) * (dim * 2.0**-53)
    for at, turn in zip(positions, turns.astype(np.int64), strict=True):
        closing = np.searchsorted(at, dim - turn)  # what is turned beyond the end comes in at the beginning
        at[:closing] += turn
        at[closing:] += turn - dim
    return positions
