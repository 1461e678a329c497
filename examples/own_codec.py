"""Your own codec
==============

A codec is a class that says how long a message is, encodes and decodes. Here, every entry is sent as one of 255
multiples of a step, the row's largest entry over 127. An error is half a step at most, so
‖C(v) − v‖² ≤ d (‖v‖∞ / 254)² ≤ (1 − δ)‖v‖² with δ = 1 − d/254².
"""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np

import p2pbo
from p2pbo.arrays import Rows, Wire
from p2pbo.compression import CODECS, Codec
from p2pbo.compression.codec import require_finite
from p2pbo.randomness import Keys


# %%
# The name is what ``--codec`` and ``codec=`` then know; keyword-only parameters would be settings.
@CODECS.register("int8")
class Int8(Codec):
    """The nearest multiple of 1/127 of the row's largest entry."""

    def __init__(self, dim: int, dtype: np.dtype[Any], /) -> None:
        super().__init__(dim, dtype, wire_bytes=dtype.itemsize + dim, delta=1 - dim / 254**2)

    def encode(self, rows: Rows, keys: Keys, wire: Wire) -> None:
        """The step, then a byte for each entry."""
        step, levels = self._parts(wire)
        step[...] = np.abs(rows).max(axis=1, keepdims=True) / 127
        require_finite(
            step, below=np.finfo(self.dtype).max / 128
        )  # 127 steps stay finite when they are rounded up
        levels[...] = np.rint(rows / np.where(step > 0, step, 1))

    def decode(self, wire: Wire, keys: Keys, rows: Rows) -> None:
        """Levels times the step."""
        step, levels = self._parts(wire)
        np.multiply(step, levels, out=rows)

    def _parts(self, wire: Wire) -> tuple[Rows, np.ndarray]:
        end = self.dtype.itemsize
        return wire[:, :end].view(self.dtype), wire[:, end:].view(np.int8)


# %%
# As accurate as no codec, with a fraction of the bytes.
figure, axes = plt.subplots(figsize=(6, 3.4), layout="constrained")
for codec in ("none", "int8", "sign"):
    trace = p2pbo.run(problem="quadratic", algorithm="d-soba", codec=codec, steps=300, exact="on")
    sent, norm = trace.values("bytes_sent").mean(axis=1) / 1e3, trace.values("hypergradient_norm")
    print(f"{codec}: {sent[-1]:.1f} kB sent by a node, ‖∇Φ(x̄)‖ = {norm[-1]:.3f}")
    axes.plot(sent, norm, label=codec)
axes.set(xlabel="sent by a node (kB)", ylabel="‖∇Φ(x̄)‖", yscale="log")
axes.legend(title="codec")
plt.show()

# %%
# The smaller the better, and the further left the cheaper. ``int8`` ends where exact numbers end, with a quarter of the
# bytes; ``sign`` is cheapest and stops early.
