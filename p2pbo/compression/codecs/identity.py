"""The identity codec: C(v) = v."""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pbo.arrays import Rows, Wire
from p2pbo.compression.codec import Codec, require_finite
from p2pbo.compression.codecs import CODECS
from p2pbo.randomness import Keys


@CODECS.register("none")
@CODECS.register("identity")
class Identity(Codec):
    """The numbers as they are."""

    def __init__(self, dim: int, dtype: np.dtype[Any], /) -> None:
        super().__init__(dim, dtype, dim * dtype.itemsize, omega=0)

    def encode(self, rows: Rows, keys: Keys, wire: Wire) -> None:
        """Write the numbers of each row."""
        require_finite(rows)
        wire.view(self.dtype)[...] = rows

    def decode(self, wire: Wire, keys: Keys, rows: Rows) -> None:
        """Read the numbers of each row."""
        rows[...] = wire.view(self.dtype)
