"""The draw of rand-K, compiled."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import from_dtype, types
from numpy.typing import NDArray

from p2pbo.arrays import IndexArray
from p2pbo.compression.compiled.jit import BLOCK, KEYS, compiled, contiguous, stacked
from p2pbo.compression.compiled.random_words import draw
from p2pbo.randomness import Keys


def draw_positions(keys: Keys, first: IndexArray, sizes: NDArray[np.unsignedinteger[Any]]) -> IndexArray:
    """Return the K positions of each row, one of each cell, turned."""
    at = np.empty((len(keys), len(sizes)), np.int64)
    _draw(sizes.dtype)(keys, first, sizes, at)
    return at


@cache
def _draw(sizes: np.dtype[Any]) -> Any:
    """Compile the draw for cells whose sizes are words of this type."""

    @compiled(
        types.void(KEYS, types.int64[::1], from_dtype(sizes)[::1], stacked(types.int64, written=True)), sizes
    )
    def draw_all(keys: Any, first: Any, sizes: Any, positions: Any) -> None:
        """Draw all positions."""
        K, dim = len(first), first[-1] + np.int64(sizes[-1])
        head, drawn = np.empty(1, np.uint64), np.empty(BLOCK // 4, np.uint64)
        random = drawn.view(np.uint16)
        for i in range(len(keys)):
            at = contiguous(positions[i])
            draw(keys[i], 0, head)
            turn = np.int64(np.float64(head[0] >> np.uint64(11)) * (dim * 2.0**-53))
            for begin in range(0, K, BLOCK):
                block, cell, size = at[begin : begin + BLOCK], first[begin:], sizes[begin:]
                draw(keys[i], 1 + begin // 4, drawn)
                for k in range(len(block)):
                    position = cell[k] + np.int64((np.uint64(random[k]) * size[k]) >> 16) + turn
                    block[k] = position - dim if position >= dim else position

    return draw_all
