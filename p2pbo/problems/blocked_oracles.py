"""Oracles of many nodes as those of blocks of them: what one block works on stays in the processor's cache."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np

from p2pbo.arrays import Rows
from p2pbo.problems.node_data import Batch, sample_indices
from p2pbo.problems.oracles import Block, Lower, Oracles
from p2pbo.problems.point_oracles import PointOracles

BLOCK_BYTES = 2**20
"""Of a block's rows of y: several arrays of as many bytes are in use at once."""


def blocked(hosted: range, row_bytes: int, oracles_of: Callable[[range], Oracles]) -> Oracles:
    """Return the oracles of the hosted nodes, in blocks where there are many.

    ``row_bytes`` are those of a row of y, and ``oracles_of`` makes the oracles of some nodes, none of which draws.
    """
    count = -(-len(hosted) * row_bytes // BLOCK_BYTES)
    ends = np.linspace(0, len(hosted), min(count, len(hosted)) + 1).astype(int).tolist()
    rows = [slice(first, last) for first, last in pairwise(ends)]
    if len(rows) == 1:
        return oracles_of(hosted)
    return BlockedOracles([Block(own, oracles_of(hosted[own])) for own in rows])


class BlockedOracles(Oracles):
    """The hosted nodes' oracles, block after block."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self.upper_samples, self.lower_samples = (
            np.concatenate(counts)
            for counts in zip(*((own.upper_samples, own.lower_samples) for _, own in blocks), strict=True)
        )

    def upper(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return (fx, fy)."""
        return _joined(own.upper(X[rows], Y[rows], _part(batch, rows)) for rows, own in self.blocks)

    def lower(self, X: Rows, Y: Rows, batch: Batch) -> Lower:
        """Return ∇_y g and its products."""
        return self.at(X, Y).evaluated(batch)

    def lower_gradients(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return (gx, gy)."""
        return _joined(own.lower_gradients(X[rows], Y[rows], _part(batch, rows)) for rows, own in self.blocks)

    def at(self, X: Rows, Y: Rows) -> PointOracles:
        """Return the oracles at (X, Y), block after block."""
        return BlockedPoint(self, X, Y)

    def losses(self, X: Rows, Y: Rows) -> tuple[Rows, Rows]:
        """Return (f_i, g_i)."""
        return _joined(own.losses(X[rows], Y[rows]) for rows, own in self.blocks)

    def metrics(self, X: Rows, Y: Rows) -> dict[str, Rows]:
        """Return the further figures of each hosted node."""
        found = [own.metrics(X[rows], Y[rows]) for rows, own in self.blocks]
        return {name: np.concatenate([own[name] for own in found]) for name in found[0]}


class BlockedPoint(PointOracles):
    """The oracles of every block at one point."""

    def __init__(self, oracles: BlockedOracles, X: Rows, Y: Rows) -> None:
        super().__init__(oracles, X, Y)
        self._blocks = [(rows, own.at(X[rows], Y[rows])) for rows, own in oracles.blocks]

    def evaluated(self, batch: Batch) -> Lower:
        """Evaluate ∇_y g on ``batch``."""
        return BlockedLower([(rows, at.evaluated(_part(batch, rows))) for rows, at in self._blocks])


class BlockedLower:
    """∇_y g of every block at one point, and its products."""

    def __init__(self, blocks: Sequence[tuple[slice, Lower]]) -> None:
        self._blocks = blocks

    @property
    def gy(self) -> Rows:
        """∇_y g."""
        return np.concatenate([own.gy for _, own in self._blocks])

    def products(self, V: Rows) -> tuple[Rows, Rows]:
        """Return (hyy(v), hxy(v))."""
        return _joined(own.products(V[rows]) for rows, own in self._blocks)

    def hyy(self, V: Rows) -> Rows:
        """Return ∇²_yy g v."""
        return np.concatenate([own.hyy(V[rows]) for rows, own in self._blocks])

    def hxy(self, V: Rows) -> Rows:
        """Return ∇ₓ⟨∇_y g, v⟩."""
        return np.concatenate([own.hxy(V[rows]) for rows, own in self._blocks])


def _part(batch: Batch, rows: slice) -> Batch:
    """Return a block's batch."""
    drawn = sample_indices(batch)
    return None if drawn is None else drawn[rows]


def _joined(pairs: Iterable[tuple[Rows, Rows]]) -> tuple[Rows, Rows]:
    """Return the blocks' first arrays in one, and their second ones."""
    first, second = zip(*pairs, strict=True)
    return np.concatenate(first), np.concatenate(second)
