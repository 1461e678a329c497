"""Natural compression: every number goes to one of the two powers of two around it (Horváth et al. 2022).

|v| = 2^e (1 + m), 0 ≤ m < 1, becomes 2^(e+1) with probability m and 2^e otherwise: unbiased, with ω = 1/8. A float is
(sign, e, m) from its highest bit down, so adding random bits below e carries into it with probability m exactly.
Sign and exponent are sent: 9 bits an entry of float32, 12 of float64. A subnormal number becomes 0 or the smallest
normal one, unbiased as well, its variance bounded by that number.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pbo.arrays import Rows, Wire
from p2pbo.compression.codec import Codec, require_finite
from p2pbo.compression.codecs import CODECS
from p2pbo.compression.implementations import compiled_where_possible
from p2pbo.compression.packing import pack, packed_bytes, unpack
from p2pbo.randomness import Keys, words


@CODECS.register("natural")
class Natural(Codec):
    """Sign and exponent: unbiased rounding to powers of two."""

    def __init__(self, dim: int, dtype: np.dtype[Any], /) -> None:
        self._limit = 2.0 ** (int(np.finfo(dtype).maxexp) - 1)  # from here on it might be rounded to Inf
        super().__init__(dim, dtype, packed_bytes(_width(dtype), dim), omega=1 / 8)

    def encode(self, rows: Rows, keys: Keys, wire: Wire) -> None:
        """Write sign and exponent of each entry, packed."""
        write_powers(rows, keys, wire, self._limit)

    def decode(self, wire: Wire, keys: Keys, rows: Rows) -> None:
        """Read the powers of two."""
        read_powers(wire, rows)


@compiled_where_possible
def write_powers(rows: Rows, keys: Keys, wire: Wire, limit: float) -> None:
    """Write sign and exponent of each entry, rounded at random and packed.

    Raises:
        NotFinite: a row has a magnitude of ``limit`` or more, or NaN.
    """
    require_finite(rows, below=limit)
    word = np.dtype(f"u{rows.itemsize}")
    bits = words(keys, rows.shape[1], word)
    bits >>= _width(rows.dtype)
    bits += rows.view(word)
    bits >>= _mantissa(rows.dtype)
    pack(bits.astype(np.uint16), _width(rows.dtype), wire)


@compiled_where_possible
def read_powers(wire: Wire, rows: Rows) -> None:
    """Read the powers of two that ``write_powers`` has written."""
    word = np.dtype(f"u{rows.itemsize}")
    codes = unpack(wire, _width(rows.dtype), rows.shape[1])
    np.left_shift(codes, _mantissa(rows.dtype), out=rows.view(word), dtype=word)


def _mantissa(dtype: np.dtype[Any]) -> int:
    """Return the bits of a number's mantissa."""
    return int(np.finfo(dtype).nmant)


def _width(dtype: np.dtype[Any]) -> int:
    """Return the bits of a number's sign and exponent."""
    return 8 * dtype.itemsize - _mantissa(dtype)
