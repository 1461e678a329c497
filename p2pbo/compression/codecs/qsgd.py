"""QSGD: s levels between 0 and a bucket's norm, rounded at random (Alistarh et al. 2017).

|v_k| s/‖v‖₂ goes to one of the two whole numbers around it so that its mean is itself, but for what lies below the bits
that are kept behind the point: 27 with 4 levels in float32, 59 in float64. With ‖v‖ of each bucket of D entries
ω = min(D/s², √D/s), for the bucket and for the row; where a bucket's norm is below 2^-60 of the row's largest entry
(2^-508 in float64) that stands in its place, and ω holds for the row alone.

A message is the norms of the row's buckets, then per entry the signed level, shifted by s to 0 … 2s, in
⌈log₂(2s + 1)⌉ = 1 + ⌈log₂(s + 1)⌉ bits, the sign and the level; all levels together may take two bytes more than that
(:mod:`p2pbo.compression.packing`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from p2pbo.arrays import Rows, Wire
from p2pbo.compression.codec import Codec, require_finite
from p2pbo.compression.codecs import CODECS
from p2pbo.compression.packing import pack, packed_bytes, unpack
from p2pbo.randomness import Keys, words


@CODECS.register("qsgd", argument="levels")
class QSGD(Codec):
    """Signs and one of s levels (qsgd:4), relative to the norm of each bucket of entries."""

    def __init__(
        self,
        dim: int,
        dtype: np.dtype[Any],
        /,
        *,
        levels: Annotated[int, Field(ge=1, lt=2**15)] = 4,
        bucket: Annotated[int, Field(ge=1)] = 512,
    ) -> None:
        s, D = levels, min(bucket, dim)
        self._levels, self._bucket, self._buckets = s, D, -(-dim // D)
        self._width = (2 * s).bit_length()
        self._norms = self._buckets * dtype.itemsize
        self._code = np.min_scalar_type(2 * s)
        self._signed = np.dtype(f"i{self._code.itemsize}")
        self._word, self._whole = np.dtype(f"u{dtype.itemsize}"), np.dtype(f"i{dtype.itemsize}")
        self._point = 8 * dtype.itemsize - 1 - self._width  # bits behind the point of a level
        omega = min(D / s**2, D**0.5 / s)
        super().__init__(dim, dtype, self._norms + packed_bytes(self._width, dim), omega=omega)

    def encode(self, rows: Rows, keys: Keys, wire: Wire) -> None:
        """Write the norms of the buckets, then the levels, packed."""
        # ⌊v s/‖v‖ + u⌋ in whole numbers, which have as many random bits behind the point as u
        fixed = self._scaled(rows, wire[:, : self._norms].view(self.dtype)).astype(self._whole)
        random = words(keys, self.dim, self._word)
        random >>= 8 * self.dtype.itemsize - self._point
        fixed += random.view(self._whole)
        fixed >>= self._point
        levels = fixed.astype(self._signed)
        levels += self._levels
        pack(levels.view(self._code), self._width, wire[:, self._norms :])

    def _scaled(self, rows: Rows, norms: Rows) -> Rows:
        """Return v s/‖v‖ times 2 to the bits behind the point, and write ‖v‖ of each bucket into ``norms``.

        Entries are divided by the row's largest entry first, and a norm is 2^-60 of that at least (2^-508 for float64):
        squares of what is larger neither overflow nor vanish. It is taken a trace too large, so that rounding lifts
        no entry above it.
        """
        limits = np.finfo(self.dtype)
        largest = np.maximum(rows.max(axis=1), -rows.min(axis=1))[:, None]
        require_finite(largest)
        relative = rows / np.where(largest > 0, largest, 1)
        for piece, buckets in self._pieces(relative):
            length = np.sqrt(np.vecdot(buckets, buckets)) * (1 + 8 * limits.eps)
            np.maximum(length, 8 * np.sqrt(limits.tiny), out=length)
            with np.errstate(over="ignore"):
                norms[:, piece] = length * largest
            buckets *= (float(self._levels << self._point) / length)[..., None]
        require_finite(norms)
        return relative

    def decode(self, wire: Wire, keys: Keys, rows: Rows) -> None:
        """Read levels · norms / s."""
        levels = unpack(wire[:, self._norms :], self._width, self.dim)
        levels -= levels.dtype.type(self._levels)
        rows[...] = levels.view(self._signed)
        steps = wire[:, : self._norms].view(self.dtype) / self._levels
        for piece, buckets in self._pieces(rows):
            buckets *= steps[:, piece, None]

    def _pieces(self, entries: Rows) -> Iterator[tuple[slice, Rows]]:
        """Yield views (n×buckets×D) of the whole buckets and of the shorter last one, and which they are."""
        whole = self.dim // self._bucket
        end = whole * self._bucket
        yield slice(whole), entries[:, :end].reshape(len(entries), whole, self._bucket)
        if end < self.dim:
            yield slice(whole, None), entries[:, None, end:]
