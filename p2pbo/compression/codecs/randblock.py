"""Rand-block: K neighbouring entries from a random offset, the row closed to a cycle, scaled by d/K.

Every entry is sent with probability K/d, so ω is rand-K's, d/K − 1; the copy is one piece of memory, or two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import Rows, Wire
from p2pbo.compression.codec import Codec, require_finite
from p2pbo.compression.codecs import CODECS
from p2pbo.compression.sparsity import EntriesToKeep, entries_kept
from p2pbo.randomness import Keys, uniform


@CODECS.register("randblock", argument="keep")
class RandBlock(Codec):
    """K neighbouring entries from a random one on, or a fraction of them (randblock:200, randblock:0.1).

    Args:
        keep: how many entries are sent: a number, or a fraction of all.
    """

    def __init__(self, dim: int, dtype: np.dtype[Any], /, *, keep: EntriesToKeep) -> None:
        K = self.kept = self.entries = self._size = entries_kept("randblock", keep, dim)
        super().__init__(dim, dtype, K * dtype.itemsize, omega=dim / K - 1)
        self._scale = dim / K
        self._largest = float(np.finfo(dtype).max) / self._scale

    def positions(self, keys: Keys) -> NDArray[np.int64]:
        """Return the K positions of each row, n × K, from its offset on."""
        return (self._offsets(keys)[:, None] + np.arange(self._size)) % self.dim

    def encode(self, rows: Rows, keys: Keys, wire: Wire) -> None:
        """Write the K values of each row, from its offset on."""
        values = wire.view(self.dtype)
        for piece, value in self._pieces(rows, values, keys):
            value[...] = piece
        require_finite(values, below=self._largest)

    def decode(self, wire: Wire, keys: Keys, rows: Rows) -> None:
        """Read the values times d/K, and zeros elsewhere."""
        rows.view(np.uint8).fill(0)
        for piece, value in self._pieces(rows, wire.view(self.dtype), keys):
            np.multiply(value, self._scale, out=piece)

    def _offsets(self, keys: Keys) -> NDArray[np.int64]:
        return (uniform(keys, 0) * self.dim).astype(np.int64)

    def _pieces(self, rows: Rows, values: Rows, keys: Keys) -> Iterator[tuple[Rows, Rows]]:
        """Yield views of each row and of its values that lie together: up to the row's end, and from its beginning."""
        for row, value, first in zip(rows, values, self._offsets(keys).tolist(), strict=True):
            end = min(self._size, self.dim - first)
            yield row[first : first + end], value[:end]
            if end < self._size:
                yield row[: self._size - end], value[end:]
