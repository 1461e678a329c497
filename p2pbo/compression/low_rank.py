"""Rows as matrices V of n×m, and their products with factors of rank r: P of n×r, Q of m×r, r ≤ min(n, m).

A layer's weights are a matrix (outputs × the rest); d entries without a second axis are one of n = ⌊√d⌋ rows and
m = ⌈d/n⌉ columns, filled up with zeros. The factors of all matrices of a row lie one after another, column by column.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from p2pbo.arrays import Rows
from p2pbo.compression.gram_schmidt import orthonormalize
from p2pbo.randomness import Keys, branch

Shapes = Sequence[tuple[int, ...]]
"""The shapes of the tensors that a row is made of, one after another."""

LEFT, RIGHT = 0, 1
"""The sides that a factor can be on: P = V q̂ is a left one, Q = Vᵀ p̂ a right one."""


@dataclass(frozen=True)
class Matrix:
    """A matrix of n×m in ``size`` entries of a row from ``begin`` on, the last of its entries zeros where these end."""

    begin: int
    size: int
    n: int
    m: int

    @classmethod
    def of(cls, shape: tuple[int, ...], begin: int) -> Matrix:
        """Return the matrix of a tensor's entries."""
        size = math.prod(shape)
        n = shape[0] if len(shape) > 1 else math.isqrt(size)
        return cls(begin, size, n, -(-size // n))

    def read(self, rows: Rows) -> Rows:
        """Return V of each row, rows × n × m."""
        entries = rows[:, self.begin : self.begin + self.size]
        missing = self.n * self.m - self.size
        filled = np.pad(entries, ((0, 0), (0, missing))) if missing else entries
        return filled.reshape(len(rows), self.n, self.m)

    def write(self, V: Rows, rows: Rows) -> None:
        """Overwrite the entries of each row with those of V."""
        rows[:, self.begin : self.begin + self.size] = V.reshape(len(rows), -1)[:, : self.size]


class LowRankFactors:
    """Products of rows with factors of rank R, or as much as a matrix can have.

    Attributes:
        sizes: how many numbers the factors of a row have, by side.
    """

    def __init__(self, shapes: Shapes, rank: int) -> None:
        ends = np.cumsum([math.prod(shape) for shape in shapes])
        self._dim = int(ends[-1])
        self._matrices = [
            Matrix.of(shape, int(end) - math.prod(shape))
            for shape, end in zip(shapes, ends, strict=True)
            if math.prod(shape)
        ]
        self._ranks = [min(rank, matrix.n, matrix.m) for matrix in self._matrices]
        self.sizes = tuple(
            sum(r * length[side] for r, length in zip(self._ranks, self._lengths, strict=True))
            for side in (LEFT, RIGHT)
        )

    @property
    def _lengths(self) -> list[tuple[int, int]]:
        return [(matrix.n, matrix.m) for matrix in self._matrices]

    def project(self, rows: Rows, direction: Rows, side: int) -> Rows:
        """Return the factor of this side: V q̂ or Vᵀ p̂, rows × numbers, for a direction of the other side."""
        factor = np.empty((len(rows), self.sizes[side]), rows.dtype)
        product = "eij,ej->ei" if side == LEFT else "eij,ei->ej"
        for matrix, given, columns in zip(
            self._matrices, self._columns(direction, 1 - side), self._columns(factor, side), strict=True
        ):
            V = matrix.read(rows)
            for k in range(columns.shape[1]):
                np.einsum(product, V, given[:, k], out=columns[:, k])
        return factor

    def expand(self, factor: Rows, direction: Rows, side: int) -> Rows:
        """Return P q̂ᵀ or p̂ Qᵀ as rows: a factor of this side times a direction of the other."""
        rows = np.empty((len(factor), self._dim), factor.dtype)
        left, right = (factor, direction) if side == LEFT else (direction, factor)
        for matrix, P, Q in zip(
            self._matrices, self._columns(left, LEFT), self._columns(right, RIGHT), strict=True
        ):
            V = P[:, 0, :, None] * Q[:, 0, None, :]
            for k in range(1, P.shape[1]):
                V += P[:, k, :, None] * Q[:, k, None, :]
            matrix.write(V, rows)
        return rows

    def orthonormalize(self, factor: Rows, side: int, keys: Keys) -> None:
        """Make the columns of a factor of this side orthonormal, in place; what is missing is drawn from ``keys``."""
        for number, columns in enumerate(self._columns(factor, side)):
            orthonormalize(columns, branch(keys, number))

    def _columns(self, factor: Rows, side: int) -> Iterator[Rows]:
        """Yield the factors of each matrix, rows × r × n or m, as views."""
        begin = 0
        for r, length in zip(self._ranks, self._lengths, strict=True):
            end = begin + r * length[side]
            yield factor[:, begin:end].reshape(len(factor), r, length[side])
            begin = end
