"""Parts of rows: nodes that work on some entries of a row send these and no others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RowPart = NDArray[np.int64] | slice
"""Some entries of a row: ascending positions, or ``slice(None)`` for the whole row."""


@dataclass(frozen=True, eq=False)
class RowParts:
    """The entries of its row that each node sends in a round, where not all of them.

    Attributes:
        sizes: (K,) how many each node of the network sends, the same in every round.
        own: the entries of each hosted node, as many as its size.
        notes: hosted×n bytes, what tells neighbours which entries these are; n is the same for all nodes and rounds,
            and 0 where neighbours can derive them.
        read: (node, its note) → the entries that a neighbour sends in this round.
    """

    sizes: NDArray[np.int64]
    own: Sequence[RowPart]
    notes: NDArray[np.uint8]
    read: Callable[[int, NDArray[np.uint8]], RowPart]
