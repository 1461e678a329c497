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

from p2pbo.arrays import Rows, Vector, Wire
from p2pbo.compression.codec import Codec, require_finite
from p2pbo.compression.codecs import CODECS
from p2pbo.compression.implementations import compiled_where_possible
from p2pbo.compression.packing import pack, packed_bytes, unpack
from p2pbo.randomness import Keys, words


@CODECS.register("qsgd", argument="levels")
class QSGD(Codec):
    """Signs and one of s levels (qsgd:4), relative to the norm of each bucket of entries.

    Args:
        levels: s, the levels between 0 and the norm of a bucket.
        bucket: D, the entries of a bucket.
    """

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
        self._norms = self._buckets * dtype.itemsize
        omega = min(D / s**2, D**0.5 / s)
        super().__init__(dim, dtype, self._norms + packed_bytes(_width(s), dim), omega=omega)

    def encode(self, rows: Rows, keys: Keys, wire: Wire) -> None:
        """Write the norms of the buckets, then the levels, packed."""
        relative, factors = self._relative(rows, wire[:, : self._norms].view(self.dtype))
        write_levels(relative, factors, keys, wire[:, self._norms :], self._levels, self._bucket)

    def _relative(self, rows: Rows, norms: Rows) -> tuple[Rows, Rows]:
        """Return entries, and what each bucket's are to be multiplied by to be v s/‖v‖ with its bits behind the point.

        Entries are divided by the row's largest entry first, and a norm is 2^-60 of that at least (2^-508 for float64):
        squares of what is larger neither overflow nor vanish. It is taken a trace too large, so that rounding lifts
        no entry above it. ‖v‖ of each bucket is written into ``norms``.

        Returns:
            n × dim, and n × buckets.
        """
        limits = np.finfo(self.dtype)
        largest = largest_magnitudes(rows)[:, None]
        require_finite(largest)
        relative = rows / np.where(largest > 0, largest, 1)
        lengths = np.empty((len(rows), self._buckets), self.dtype)
        for piece, buckets in _pieces(relative, self._bucket):
            lengths[:, piece] = np.sqrt(np.vecdot(buckets, buckets)) * (1 + 8 * limits.eps)
        np.maximum(lengths, 8 * np.sqrt(limits.tiny), out=lengths)
        with np.errstate(over="ignore"):
            norms[...] = lengths * largest
        require_finite(norms)
        return relative, float(self._levels << _point(self._levels, self.dtype)) / lengths

    def decode(self, wire: Wire, keys: Keys, rows: Rows) -> None:
        """Read levels · norms / s."""
        steps = wire[:, : self._norms].view(self.dtype) / self._levels
        read_levels(wire[:, self._norms :], steps, rows, self._levels, self._bucket)


@compiled_where_possible
def largest_magnitudes(rows: Rows) -> Vector:
    """Return the largest magnitude of each row, of either sign where that is 0."""
    return np.maximum(rows.max(axis=1), -rows.min(axis=1))


@compiled_where_possible
def write_levels(relative: Rows, factors: Rows, keys: Keys, wire: Wire, levels: int, bucket: int) -> None:
    """Write the levels of all entries, rounded at random and packed; may overwrite ``relative``.

    Args:
        relative: entries, n × dim.
        factors: what each bucket's are multiplied by to be whole numbers with bits behind the point, n × buckets.
    """
    # ⌊v s/‖v‖ + u⌋ in whole numbers, which have as many random bits behind the point as u
    size = relative.itemsize
    word, whole, code = np.dtype(f"u{size}"), np.dtype(f"i{size}"), np.min_scalar_type(2 * levels)
    point = _point(levels, relative.dtype)
    for piece, buckets in _pieces(relative, bucket):
        buckets *= factors[:, piece, None]
    fixed = relative.astype(whole)
    random = words(keys, relative.shape[1], word)
    random >>= 8 * size - point
    fixed += random.view(whole)
    fixed >>= point
    shifted = fixed.astype(f"i{code.itemsize}")
    shifted += levels
    pack(shifted.view(code), _width(levels), wire)


@compiled_where_possible
def read_levels(wire: Wire, steps: Rows, rows: Rows, levels: int, bucket: int) -> None:
    """Read the levels that ``write_levels`` has written, times the step of their bucket (n × buckets)."""
    codes = unpack(wire, _width(levels), rows.shape[1])
    codes -= codes.dtype.type(levels)
    rows[...] = codes.view(f"i{codes.itemsize}")
    for piece, buckets in _pieces(rows, bucket):
        buckets *= steps[:, piece, None]


def _width(levels: int) -> int:
    """Return the bits of a signed level."""
    return (2 * levels).bit_length()


def _point(levels: int, dtype: np.dtype[Any]) -> int:
    """Return the bits behind the point of a level that is a whole number of the size of ``dtype``."""
    return 8 * dtype.itemsize - 1 - _width(levels)


def _pieces(entries: Rows, bucket: int) -> Iterator[tuple[slice, Rows]]:
    """Yield views (n×buckets×bucket) of the whole buckets and of the shorter last one, and which they are."""
    whole = entries.shape[1] // bucket
    end = whole * bucket
    yield slice(whole), entries[:, :end].reshape(len(entries), whole, bucket)
    if end < entries.shape[1]:
        yield slice(whole, None), entries[:, None, end:]
