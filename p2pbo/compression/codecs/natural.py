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
from p2pbo.compression.packing import pack, packed_bytes, unpack
from p2pbo.randomness import Keys, words


@CODECS.register("natural")
class Natural(Codec):
    """Sign and exponent: unbiased rounding to powers of two."""

    def __init__(self, dim: int, dtype: np.dtype[Any], /) -> None:
        layout = np.finfo(dtype)
        self._word = np.dtype(f"u{dtype.itemsize}")
        self._mantissa = int(layout.nmant)
        self._width = int(layout.bits) - self._mantissa
        self._limit = 2.0 ** (int(layout.maxexp) - 1)  # from here on it might be rounded to Inf
        super().__init__(dim, dtype, packed_bytes(self._width, dim), omega=1 / 8)

    def encode(self, rows: Rows, keys: Keys, wire: Wire) -> None:
        """Write sign and exponent of each entry, packed."""
        require_finite(rows, below=self._limit)
        bits = words(keys, self.dim, self._word)
        bits >>= self._width
        bits += rows.view(self._word)
        bits >>= self._mantissa
        pack(bits.astype(np.uint16), self._width, wire)

    def decode(self, wire: Wire, keys: Keys, rows: Rows) -> None:
        """Read the powers of two."""
        codes = unpack(wire, self._width, self.dim)
        np.left_shift(codes, self._mantissa, out=rows.view(self._word), dtype=self._word)
