"""Low rank: the ends of an edge come nearer by matrices of rank R, in the manner of PowerGossip (Vogels 2020).

There is no C(v): what an edge sends are products of its ends' states with a direction that both know from the rounds
before. The channel of low-rank edges knows it (:mod:`p2pbo.network.channels.low_rank`); this says R alone.
"""

from __future__ import annotations

from typing import Annotated, Any, NoReturn

import numpy as np
from pydantic import Field

from p2pbo.arrays import Rows, Wire
from p2pbo.compression.codec import Codec
from p2pbo.compression.codecs import CODECS
from p2pbo.randomness import Keys


@CODECS.register("lowrank", argument="rank")
class LowRank(Codec):
    """Power steps of rank R on the difference of an edge's ends, whose rows are matrices (lowrank:2).

    Args:
        rank: R, of which a smaller matrix has as much as it can.
    """

    def __init__(self, dim: int, dtype: np.dtype[Any], /, *, rank: Annotated[int, Field(ge=1)]) -> None:
        super().__init__(dim, dtype, wire_bytes=0)
        self.rank = rank

    def encode(self, rows: Rows, keys: Keys, wire: Wire) -> NoReturn:
        """Raise TypeError: no row has a code."""
        raise TypeError("lowrank brings the ends of edges nearer, and codes no rows")

    def decode(self, wire: Wire, keys: Keys, rows: Rows) -> NoReturn:
        """Raise TypeError: no row has a code."""
        self.encode(rows, keys, wire)
