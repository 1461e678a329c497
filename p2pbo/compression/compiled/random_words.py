"""The words of :func:`p2pbo.randomness.words`, drawn block by block."""

from __future__ import annotations

from typing import Any

import numpy as np

from p2pbo.compression.compiled.jit import part

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31 = np.uint64(30), np.uint64(27), np.uint64(31)


@part
def draw(key: Any, first: int, drawn: Any) -> None:
    """Overwrite ``drawn`` (uint64) with the numbers ``first`` … of the stream ``key``."""
    begin = key + np.uint64(first) * _GOLDEN
    for c in range(len(drawn)):
        z = begin + np.uint64(c + 1) * _GOLDEN
        z = (z ^ (z >> _30)) * _FIRST
        z = (z ^ (z >> _27)) * _SECOND
        drawn[c] = z ^ (z >> _31)
