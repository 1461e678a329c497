"""Casts: the numbers rounded to the nearest of a shorter format.

An entry within the normal range of a format with p significant bits moves by 2^−p of itself at most, hence
δ = 1 − 2^−2p. Below that range the error is absolute; float16 has no number between 0 and 6e-8, so differences as
small as that are lost, while float32 and bfloat16 go down to 1e-38 and less.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from p2pbo.arrays import Rows, Wire
from p2pbo.compression.codec import Codec, require_finite
from p2pbo.compression.codecs import CODECS
from p2pbo.compression.codecs.identity import Identity
from p2pbo.randomness import Keys


@CODECS.register("cast", argument="to")
def cast(dim: int, dtype: np.dtype[Any], /, *, to: Literal["f32", "f16", "bf16"]) -> Codec:
    """The numbers rounded to float32, float16 or bfloat16 (f32, f16, bf16).

    Args:
        to: the type on the wire.
    """
    if to == "bf16":
        return BFloat16(dim, dtype)
    shorter = np.dtype(np.float32 if to == "f32" else np.float16)
    return Identity(dim, dtype) if shorter == dtype else Cast(dim, dtype, shorter)


class Cast(Codec):
    """A codec that rounds to a shorter format that numpy has."""

    def __init__(self, dim: int, dtype: np.dtype[Any], shorter: np.dtype[Any]) -> None:
        unit = float(np.finfo(shorter).epsneg)  # 2^−p
        super().__init__(dim, dtype, dim * shorter.itemsize, delta=1 - unit**2)
        self._shorter = shorter

    def encode(self, rows: Rows, keys: Keys, wire: Wire) -> None:
        """Write the numbers of each row, rounded by numpy."""
        sent = wire.view(self._shorter)
        with np.errstate(over="ignore"):
            sent[...] = rows
        require_finite(sent)

    def decode(self, wire: Wire, keys: Keys, rows: Rows) -> None:
        """Read the rounded numbers of each row."""
        rows[...] = wire.view(self._shorter)


class BFloat16(Codec):
    """A codec that rounds to bfloat16, the upper half of a float32."""

    LIMIT = float(np.array(0x7F7F8000, dtype=np.uint32).view(np.float32))  # from here on it would be Inf

    def __init__(self, dim: int, dtype: np.dtype[Any]) -> None:
        super().__init__(dim, dtype, dim * 2, delta=1 - 2.0**-16)

    def encode(self, rows: Rows, keys: Keys, wire: Wire) -> None:
        """Write the upper halves of each row's numbers in float32."""
        with np.errstate(over="ignore"):
            single = rows.astype(np.float32)
        require_finite(single, below=self.LIMIT)
        bits = single.view(np.uint32)
        bits += 0x7FFF + (bits >> 16 & 1)  # to the nearest, ties to even
        bits >>= 16
        wire.view(np.uint16)[...] = bits

    def decode(self, wire: Wire, keys: Keys, rows: Rows) -> None:
        """Read the rounded numbers of each row."""
        bits = wire.view(np.uint16).astype(np.uint32)
        bits <<= 16
        rows[...] = bits.view(np.float32)
