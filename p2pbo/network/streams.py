"""What one message is made of: rows of several variables, each a stream that goes on from step to step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from p2pbo.network.mixing.product import Rows
from p2pbo.network.row_parts import Entries


class Stream(NamedTuple):
    """Rows to send, and what they are.

    Attributes:
        rows: hosted×dim.
        name: the same in every step; its first letter is the variable.
        innovation: whether neighbours decode and weigh them; else they are a state, which crosses a consensus
            channel.
        delta: the rate at which memories of an innovation follow it; None: the codec's own; 0: no memory.
        of_memory: whether neighbours weigh the memory after its update, not the memory before it plus what they decode.
        laplacian: whether (I − W) S is wanted of a state S, not W S; no lossy or late edge can give it.
        consumed: whether the channel may write into the rows, because nobody needs them any more.
        rounds: R of multi-step compression of an innovation; 1: the codec itself.
        entries: of a state: which entries each node sends, in every step or in none; None: whole rows.
        to: (K,) a permutation along edges: the one node that each node of the network hands its row to, where rows are
            not mixed but change places; all streams of a round have the same, and all edges carry.
    """

    rows: Rows
    name: str
    innovation: bool = False
    delta: float | None = 0.0
    of_memory: bool = False
    rounds: int = 1
    laplacian: bool = False
    consumed: bool = False
    entries: Entries | None = None
    to: NDArray[np.int64] | None = None

    @property
    def variable(self) -> str:
        """Its letter: x, y or z."""
        return self.name[0]

    @property
    def lags(self) -> bool:
        """Tell whether it lags behind its rows even without a codec: a memory that follows only in part."""
        return self.of_memory and self.delta not in (None, 1.0)
