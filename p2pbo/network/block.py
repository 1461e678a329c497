"""The rows of W that a rank needs, whole or over some of the edges, and their product with a stack of rows.

W^t: w_ij where the edge is up, else 0, and then w_ij goes back to w_ii and w_jj: symmetric and doubly stochastic again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.network.links import Up
from p2pbo.network.memory import Memory
from p2pbo.network.mixing import Mixer, Rows

Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Block:
    """The hosted rows of W over a rank's stack: hosted nodes first, then ghosts.

    Attributes:
        edges: the directed edges that leave hosted nodes, in the topology's order.
        row, column: where each stands.
        weight: w of each.
        self_weight: w_ii of the hosted nodes.
        columns: rows of the stack.
    """

    edges: slice
    row: Index
    column: Index
    weight: NDArray[np.float64]
    self_weight: NDArray[np.float64]
    columns: int

    def matrix(self, up: Up | None = None) -> Any:
        """W, or W^t where only some edges are up: hosted×(hosted + ghosts); CSR where few of many entries are set."""
        on = slice(None) if up is None else up[self.edges]
        hosted = len(self.self_weight)
        own, diagonal = np.arange(hosted), self.self_weight
        if up is not None:
            off = ~up[self.edges]
            diagonal = diagonal + np.bincount(self.row[off], self.weight[off], hosted)
        entry = np.concatenate([self.weight[on], diagonal])
        place = np.concatenate([self.row[on], own]), np.concatenate([self.column[on], own])
        shape = (hosted, self.columns)
        if hosted >= 32 and len(self.weight) + hosted < shape[0] * shape[1] / 8:
            import scipy.sparse

            return scipy.sparse.csr_array((entry, place), shape=shape)
        dense = np.zeros(shape)
        dense[place] = entry
        return dense

    def heard(self, up: Up) -> NDArray[np.bool_]:
        """Which rows of the stack count in a round: the hosted ones, and ghosts with an edge that is up."""
        heard = np.arange(self.columns) < len(self.self_weight)
        heard[self.column[up[self.edges]]] = True
        return heard


class Average:
    """S ↦ W^t S for stacks of ``width`` columns."""

    def __init__(self, block: Block, width: int, dtype: np.dtype[Any]) -> None:
        self._block, self._dtype = block, dtype
        self._mix = Mixer(block.matrix().astype(dtype), width)
        self._up: Up | None = None  # in the last round

    def memories(self) -> list[Memory]:
        """Nothing is kept from round to round."""
        return []

    def __call__(self, stack: Rows, up: Up | None) -> Rows:
        """W S, or W^t S where only some edges are up."""
        if up is not self._up:  # without conditions it is the same in every round
            self._up, self._mix.W = up, self._block.matrix(up).astype(self._dtype)
        return self._mix(stack)
