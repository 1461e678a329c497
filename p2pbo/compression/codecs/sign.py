"""Scaled sign: C(v) = (‖v‖₁/d) sign(v), a bit an entry and one number (Karimireddy et al. 2019).

‖C(v) − v‖² = ‖v‖² − ‖v‖₁²/d ≤ (1 − 1/d)‖v‖².
"""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pbo.arrays import Rows, Wire
from p2pbo.compression.codec import Codec, require_finite
from p2pbo.compression.codecs import CODECS
from p2pbo.compression.implementations import compiled_where_possible
from p2pbo.compression.packing import packed_bytes
from p2pbo.randomness import Keys

_BYTES = np.arange(256, dtype=np.uint8)[:, None]
_SIGNS = 1 - 2 * np.unpackbits(_BYTES, axis=1, bitorder="little").astype(np.int8)  # the 8 signs of each byte


@CODECS.register("sign")
class Sign(Codec):
    """The signs, and the mean magnitude."""

    def __init__(self, dim: int, dtype: np.dtype[Any], /) -> None:
        super().__init__(dim, dtype, dtype.itemsize + packed_bytes(1, dim), delta=1 / dim)
        self.consensus_step = (
            0.1  # rows whose mass lies in one entry, which δ allows for, are not what is sent
        )

    def encode(self, rows: Rows, keys: Keys, wire: Wire) -> None:
        """Write each row's mean magnitude, then a bit for each entry, set where it is negative."""
        scale = wire[:, : self.dtype.itemsize].view(self.dtype)
        # a sum of its own per row: what a row sends must not depend on the others
        scale[:, 0] = [np.einsum("k->", np.abs(row)) / self.dim for row in rows]
        require_finite(scale)
        write_signs(rows, wire[:, self.dtype.itemsize :])

    def decode(self, wire: Wire, keys: Keys, rows: Rows) -> None:
        """Read ± the mean magnitude."""
        read_signs(wire[:, self.dtype.itemsize :], wire[:, : self.dtype.itemsize].view(self.dtype), rows)


@compiled_where_possible
def write_signs(rows: Rows, wire: Wire) -> None:
    """Write a bit for each entry, set where it is negative."""
    wire[...] = np.packbits(np.signbit(rows), axis=1, bitorder="little")


@compiled_where_possible
def read_signs(wire: Wire, scales: Rows, rows: Rows) -> None:
    """Read ± each row's scale (n × 1) from the bits that ``write_signs`` has written."""
    whole, left = divmod(rows.shape[1], 8)
    signs = _SIGNS.astype(rows.dtype)
    for row, scale, octets in zip(rows, scales, wire, strict=True):
        table = signs * scale
        np.take(table, octets[:whole], axis=0, out=row[: 8 * whole].reshape(whole, 8), mode="clip")
        row[8 * whole :] = table[octets[-1], :left]
