"""The placement of nodes on ranks: K nodes live in contiguous blocks on P ≤ K ranks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import InputError


@dataclass(frozen=True)
class Placement:
    """Blocks of nodes on ranks: rank r hosts the nodes ⌊rK/P⌋ … ⌊(r+1)K/P⌋ − 1.

    Raises:
        InputError: there are more ranks than nodes.
    """

    nodes: int
    ranks: int

    def __post_init__(self) -> None:
        if self.ranks > self.nodes:
            raise InputError(
                f"{self.ranks} ranks",
                f"cannot share {self.nodes} {'node' if self.nodes == 1 else 'nodes'}",
                f"start at most {self.nodes} or raise --nodes",
            )

    def hosted(self, rank: int) -> range:
        """Return the nodes that live on ``rank``."""
        return range(rank * self.nodes // self.ranks, (rank + 1) * self.nodes // self.ranks)

    def rank_of(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rank of each node."""
        return ((nodes + 1) * self.ranks - 1) // self.nodes
