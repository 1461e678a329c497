"""The rows of W, or of R and C, that a rank needs, whole or over some of the edges, and their product with a stack.

The maximum over neighbours is a product, too, in the algebra of max and +.

W^t: w_ij where the edge is up, else 0, and then w_ij goes back to w_ii and w_jj: symmetric and doubly stochastic again.
I − W^t: −w_ij where the edge is up, and on the diagonal the sum of these w_ij.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import IndexArray, Rows
from p2pbo.network.checkpointing import CheckpointRows
from p2pbo.network.links.state import Up
from p2pbo.topology.directed_topology import degree_shares

WIDE = 8192
"""Columns from which numpy's matmul is faster than its dot; below, dot has the smaller overhead."""


@dataclass(frozen=True, eq=False)
class MixingBlock:
    """The hosted rows of W over a rank's stack: hosted nodes first, then ghosts.

    Attributes:
        edges: the directed edges between the nodes of its rows and columns, in the topology's order.
        row, column: where each stands.
        weight: w of each.
        self_weight: w_ii of the hosted nodes.
        columns: rows of the stack.
    """

    edges: slice | IndexArray
    row: IndexArray
    column: IndexArray
    weight: NDArray[np.float64]
    self_weight: NDArray[np.float64]
    columns: int

    def matrix(self, up: Up | None = None) -> Any:
        """Return W, or W^t over some edges: hosted×(hosted + ghosts), CSR where few of many entries are set."""
        diagonal = self.self_weight
        if up is not None:
            diagonal = diagonal + self._row_sums(~up[self.edges])
        return self._assembled(self.weight, diagonal, up)

    def laplacian(self, up: Up | None = None) -> Any:
        """Assemble I − W, or I − W^t, in the same form."""
        on = np.ones(len(self.weight), bool) if up is None else up[self.edges]
        return self._assembled(-self.weight, self._row_sums(on), up)

    def _row_sums(self, which: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return Σ w_ij over some of the edges of each row."""
        sums = np.bincount(self.row[which], self.weight[which], len(self.self_weight))
        return sums.astype(np.float64, copy=False)

    def _assembled(self, entry: NDArray[np.float64], diagonal: NDArray[np.float64], up: Up | None) -> Any:
        """Put ``entry`` at the edges that are up beside a diagonal."""
        on = slice(None) if up is None else up[self.edges]
        hosted = len(diagonal)
        own = np.arange(hosted)
        entry = np.concatenate([entry[on], diagonal])
        place = np.concatenate([self.row[on], own]), np.concatenate([self.column[on], own])
        shape = (hosted, self.columns)
        if hosted >= 32 and len(self.weight) + hosted < shape[0] * shape[1] / 8:
            import scipy.sparse

            return scipy.sparse.csr_array((entry, place), shape=shape)
        dense = np.zeros(shape)
        dense[place] = entry
        return dense

    def heard(self, up: Up) -> NDArray[np.bool_]:
        """Return which rows of the stack count in a round: the hosted ones, and ghosts with an edge that is up."""
        heard = np.arange(self.columns) < len(self.self_weight)
        heard[self.column[up[self.edges]]] = True
        return heard


@dataclass(frozen=True, eq=False)
class DirectedBlock(MixingBlock):
    """The hosted rows of R or of C: weights follow from the degrees of the edges that are up.

    Attributes:
        ends: of every edge of the network, the node whose degree counts: its target for R, its source for C.
        hosted: the nodes of the rows.
        nodes: K.
    """

    ends: IndexArray
    hosted: range
    nodes: int

    def matrix(self, up: Up | None = None) -> Any:
        """Return R or C, or R^t or C^t over some edges, in the form of W."""
        if up is None:
            return super().matrix()
        share = degree_shares(self.ends[up], self.nodes)
        return self._assembled(share[self.ends[self.edges]], share[self.hosted], up)


class Product(Protocol):
    """A product of the hosted rows of a matrix with a stack of rows, in every round."""

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """List the rows that the product keeps from round to round."""

    def __call__(self, stack: Rows, up: Up | None) -> Rows:
        """Return the hosted rows of the product, where only some edges are ``up`` (None: all)."""


class AverageProduct:
    """S ↦ W^t S."""

    def __init__(self, block: MixingBlock, dtype: np.dtype[Any]) -> None:
        self._block, self._dtype = block, dtype
        self._up: Up | None = None  # in the last round
        self._times = self._multiplication(None)

    def _multiplication(self, up: Up | None) -> Callable[[Rows], Rows]:
        if not self._block.weight.size:  # nobody has a neighbour
            return np.array
        matrix: Any = self._block.matrix(up).astype(self._dtype)
        if not isinstance(matrix, np.ndarray):
            return partial(operator.matmul, matrix)
        return lambda stack: matrix.dot(stack) if stack.shape[1] < WIDE else np.matmul(matrix, stack)

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """Return nothing: no row is kept from round to round."""
        return []

    def __call__(self, stack: Rows, up: Up | None) -> Rows:
        """Return W S, or W^t S where only some edges are up."""
        if up is not self._up:  # without conditions it is the same in every round
            self._up, self._times = up, self._multiplication(up)
        return self._times(stack)


class LaplacianProduct:
    """S ↦ (I − W^t) S, whose sum over all nodes is 0 up to rounding in float64, whatever the precision of S.

    A float32 W has rows that do not sum to 1: (I − W) S would have a mean, and what adds it up would drift for ever.
    The rows are taken relative to one of them, since (I − W) 1 = 0: where nodes agree there is nothing to round.
    """

    def __init__(self, block: MixingBlock, dtype: np.dtype[Any]) -> None:
        self._block, self._dtype = block, dtype
        self._matrix = block.laplacian()
        self._up: Up | None = None  # in the last round

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """Return nothing: no row is kept from round to round."""
        return []

    def __call__(self, stack: Rows, up: Up | None) -> Rows:
        """Return (I − W) S, or (I − W^t) S where only some edges are up."""
        if up is not self._up:  # without conditions it is the same in every round
            self._up, self._matrix = up, self._block.laplacian(up)
        relative = stack.astype(np.float64)
        relative -= stack[0]
        return (self._matrix @ relative).astype(self._dtype, copy=False)


class MaximumProduct:
    """S ↦ the largest of a node's own rows and those of its neighbours whose edges are up, entry by entry."""

    def __init__(self, block: MixingBlock) -> None:
        self._block = block

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """Return nothing: no row is kept from round to round."""
        return []

    def __call__(self, stack: Rows, up: Up | None) -> Rows:
        """Return the maximum over all edges, or over those that are up."""
        block = self._block
        on = slice(None) if up is None else up[block.edges]
        largest = stack[: len(block.self_weight)].copy()
        np.maximum.at(largest, block.row[on], stack[block.column[on]])
        return largest
