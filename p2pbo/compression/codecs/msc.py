"""Multi-step compression: R rounds of an unbiased codec C around what the rounds before have left (He 2024).

v⁰ = 0,  v^r = v^(r−1) + C(v − v^(r−1)) / (1 + ω),  out = v^R / (1 − q^R),  q = ω/(1 + ω)

E v^R = (1 − q^R) v and E‖v^R − v‖² ≤ q^R ‖v‖², so it is unbiased with ω' = q^R / (1 − q^R). The sender needs no
reply: all R payloads are one message.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pbo.arrays import Rows, Wire
from p2pbo.compression.codec import Codec
from p2pbo.compression.codecs import CODECS
from p2pbo.errors import InputError
from p2pbo.randomness import Keys, branch


@CODECS.register("msc", argument="rounds_codec")
class MSC(Codec):
    """R rounds of an unbiased codec in one message (msc:3:randk:0.1).

    Args:
        rounds_codec: R and the codec, as in 3:randk:0.1.
    """

    def __init__(self, dim: int, dtype: np.dtype[Any], /, *, rounds_codec: str) -> None:
        rounds, _, spec = rounds_codec.partition(":")
        if not (rounds.isdecimal() and int(rounds) > 0 and spec):
            remedy = "write R:CODEC, such as msc:3:randk:0.1"
            raise InputError(f"msc:{rounds_codec}", "does not name rounds and a codec", remedy)
        inner = CODECS.make(spec, dim, dtype)
        if inner.omega is None:
            remedy = "use an unbiased one, such as randk, qsgd or natural"
            raise InputError(f"msc:{rounds_codec}", f"needs E C(v) = v, and {spec} is biased", remedy)
        R, q = int(rounds), inner.omega / (1 + inner.omega)
        self._inner, self._rounds, self._reached = inner, R, 1 - q**R
        super().__init__(dim, dtype, R * inner.wire_bytes, omega=q**R / (1 - q**R))

    def encode(self, rows: Rows, keys: Keys, wire: Wire) -> None:
        """Write the payloads of all rounds, one behind another."""
        left = rows.copy()  # v − v^(r−1)
        for r in range(self._rounds):
            self._inner.encode(left, branch(keys, r), self._payload(wire, r))
            if r + 1 < self._rounds:
                left -= self._step(wire, keys, r)

    def decode(self, wire: Wire, keys: Keys, rows: Rows) -> None:
        """Read v^R / (1 − q^R)."""
        rows[...] = self._step(wire, keys, 0)
        for r in range(1, self._rounds):
            rows += self._step(wire, keys, r)
        rows /= self._reached

    def _payload(self, wire: Wire, r: int) -> Wire:
        size = self._inner.wire_bytes
        return wire[:, r * size : (r + 1) * size]

    def _step(self, wire: Wire, keys: Keys, r: int) -> Rows:
        """Return C(v − v^(r−1)) / (1 + ω), decoded."""
        step = np.empty((len(wire), self.dim), dtype=self.dtype)
        self._inner.decode(self._payload(wire, r), branch(keys, r), step)
        step *= self._inner.rate
        return step
