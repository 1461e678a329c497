"""Sparse design matrices of the hosted nodes: one CSR matrix, multiplied where the rows of V lie.

Node i's features are columns from i·c·d on, for c classes and d features: V's flat memory, as far as the first class is
concerned. Class p lies p·d entries further on, so that the same matrix serves it there, and no class is copied out of V
or into what comes back. scipy's kernels are called directly: its matrices check shapes and types that are known here,
which takes longer than to multiply a few rows.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import IndexArray, Rows
from p2pbo.problems.classification.design_matrix import DesignMatrix, Features, longest


class CompressedRows(NamedTuple):
    """The three arrays of a CSR matrix: where each row's entries begin, and of every entry its column and value."""

    starts: NDArray[np.signedinteger[Any]]
    columns: NDArray[np.signedinteger[Any]]
    values: Rows


class SparseDesignMatrix(DesignMatrix):
    """Sparse rows A, node after node; ``shape`` is hosted×classes×features."""

    def __init__(self, rows: CompressedRows, shape: tuple[int, int, int]) -> None:
        from scipy.sparse import _sparsetools

        self._kernels, self._rows, self._shape = _sparsetools, rows, shape

    def scores(self, V: Rows) -> Rows:
        """Return V_i A_iᵀ."""
        (hosted, classes, features), count = self._shape, len(self._rows.starts) - 1
        flat, scores = V.reshape(-1), np.zeros((classes, count), V.dtype)
        for p in range(classes):
            self._kernels.csr_matvec(count, flat.size, *self._rows, flat[p * features :], scores[p])
        return scores.reshape(classes, hosted, -1)

    def adjoint(self, R: Rows) -> Rows:
        """Return R_i A_i."""
        (_, classes, features), count = self._shape, len(self._rows.starts) - 1
        product = np.zeros(self._shape, R.dtype)
        residuals, flat = R.reshape(classes, count), product.reshape(-1)
        for p in range(classes):
            self._kernels.csc_matvec(flat.size, count, *self._rows, residuals[p], flat[p * features :])
        return product


class SparseFeatures(Features):
    """Features with non-zeros stored only, for products with rows of ``classes``×features."""

    def __init__(self, blocks: list[Any], classes: int, dtype: np.dtype[Any]) -> None:
        import scipy.sparse

        own = [scipy.sparse.csr_array(block, dtype=dtype) for block in blocks]
        self._shape = len(blocks), classes, blocks[0].shape[1]
        lengths = np.zeros((len(blocks), longest(blocks)), np.int64)
        for row, block in zip(lengths, own, strict=True):
            row[: block.shape[0]] = np.diff(block.indptr)
        starts = np.zeros(lengths.size + 1, np.int64)
        np.cumsum(lengths, out=starts[1:])
        first = np.repeat(np.arange(len(blocks)) * classes * blocks[0].shape[1], lengths.sum(axis=1))
        columns = np.concatenate([block.indices for block in own]) + first
        small = max(starts[-1], np.prod(self._shape)) < 2**31
        index: np.dtype[np.signedinteger[Any]] = np.dtype(np.int32 if small else np.int64)
        values = np.concatenate([block.data for block in own])
        self._lengths = lengths.astype(index).reshape(-1)
        self._rows = CompressedRows(starts.astype(index), columns.astype(index), values)

    def take(self, rows: IndexArray) -> DesignMatrix:
        """Return the design matrix of the given rows."""
        from scipy.sparse import _sparsetools

        flat = rows.reshape(-1).astype(self._lengths.dtype)
        starts = np.zeros(flat.size + 1, flat.dtype)
        np.cumsum(self._lengths.take(flat), out=starts[1:])
        drawn = CompressedRows(
            starts, np.empty(starts[-1], flat.dtype), np.empty(starts[-1], self._rows.values.dtype)
        )
        _sparsetools.csr_row_index(flat.size, flat, *self._rows, drawn.columns, drawn.values)
        return SparseDesignMatrix(drawn, self._shape)

    def all(self) -> DesignMatrix:
        """Return the design matrix of all rows, which it shares memory with."""
        return SparseDesignMatrix(self._rows, self._shape)
