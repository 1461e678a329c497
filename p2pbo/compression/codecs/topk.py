"""Top-K: the K entries of largest magnitude, of equal ones the first. ‖C(v) − v‖² ≤ (1 − K/d)‖v‖².

A message is the K values by ascending position, and their positions: ⌈log₂ d⌉ bits each, two bytes more at most for all
of them (:mod:`p2pbo.compression.packing`), or a bitmap of the row, ⌈d/8⌉ bytes, where that is shorter.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import Rows, Wire
from p2pbo.compression.codec import Codec, require_finite
from p2pbo.compression.codecs import CODECS
from p2pbo.compression.packing import pack, packed_bytes, unpack
from p2pbo.compression.sparsity import EntriesToKeep, entries_kept
from p2pbo.randomness import Keys


@CODECS.register("topk", argument="keep")
class TopK(Codec):
    """The K largest entries, or a fraction of them (topk:200, topk:0.1)."""

    def __init__(self, dim: int, dtype: np.dtype[Any], /, *, keep: EntriesToKeep) -> None:
        K = self.kept = self._kept = entries_kept("topk", keep, dim)
        self._width = (dim - 1).bit_length()  # ⌈log₂ d⌉
        self._values = K * dtype.itemsize
        listed, bitmap = packed_bytes(self._width, K), packed_bytes(1, dim)
        self._listed = listed <= bitmap
        super().__init__(dim, dtype, self._values + min(listed, bitmap), delta=K / dim)

    def encode(self, rows: Rows, keys: Keys, wire: Wire) -> None:
        """Write the K values of each row, then their positions."""
        at = self._largest(rows)
        values = np.take_along_axis(rows, at, axis=1)
        require_finite(values)
        wire[:, : self._values] = values.view(np.uint8)
        if self._listed:
            pack(at.astype(np.uint64), self._width, wire[:, self._values :])
        else:
            chosen = np.zeros(rows.shape, dtype=np.uint8)
            np.put_along_axis(chosen, at, 1, axis=1)
            pack(chosen, 1, wire[:, self._values :])

    def _largest(self, rows: Rows) -> NDArray[np.int64]:
        """Return the positions (n × K, ascending) of the K largest entries of each row."""
        # the bits of magnitudes, as whole numbers, are in their order, NaN last
        magnitudes, K = np.abs(rows).view(f"i{self.dtype.itemsize}"), self._kept
        least = np.partition(magnitudes, self.dim - K, axis=1)[:, self.dim - K, None]
        chosen = magnitudes >= least
        if np.count_nonzero(chosen) > K * len(rows):
            for one, equal in zip(chosen, magnitudes == least, strict=True):
                one[np.flatnonzero(equal)[K - np.count_nonzero(one & ~equal) :]] = False
        return np.flatnonzero(chosen).reshape(-1, K) - self.dim * np.arange(len(rows))[:, None]

    def decode(self, wire: Wire, keys: Keys, rows: Rows) -> None:
        """Read the values, and zeros elsewhere."""
        rows.view(np.uint8).fill(0)
        values = wire[:, : self._values].view(self.dtype)
        np.put_along_axis(rows, self._positions(wire[:, self._values :]), values, axis=1)

    def _positions(self, wire: Wire) -> NDArray[np.int64]:
        """Return the K positions of each row, inside the row even where the message is damaged."""
        if self._listed:
            return np.minimum(unpack(wire, self._width, self._kept).astype(np.int64), self.dim - 1)
        held = [np.resize(np.flatnonzero(row), self._kept) for row in unpack(wire, 1, self.dim)]
        return np.array(held, dtype=np.int64).reshape(len(wire), self._kept)
