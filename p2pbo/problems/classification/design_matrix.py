"""Design matrices of the hosted nodes, stacked, so that one call serves all of them.

A design matrix is the drawn rows A_i of every hosted node. With V (hosted×classes×features) and R
(classes×hosted×batch) it computes V_i A_iᵀ and R_i A_i for all i at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import Rows


class DesignMatrix(ABC):
    """The drawn rows A_i of every hosted node."""

    @abstractmethod
    def scores(self, V: Rows) -> Rows:
        """Return V_i A_iᵀ: classes×hosted×batch."""

    @abstractmethod
    def adjoint(self, R: Rows) -> Rows:
        """Return R_i A_i: hosted×classes×features."""


class DenseDesignMatrix(DesignMatrix):
    """Dense rows A: hosted×batch×features."""

    def __init__(self, A: Rows) -> None:
        self._A, self._transposed = A, A.swapaxes(1, 2)

    def scores(self, V: Rows) -> Rows:
        """Return V_i A_iᵀ."""
        scores = np.empty((V.shape[1], *self._A.shape[:2]), V.dtype)
        np.matmul(V, self._transposed, out=scores.swapaxes(0, 1))
        return scores

    def adjoint(self, R: Rows) -> Rows:
        """Return R_i A_i."""
        return np.matmul(R.swapaxes(0, 1), self._A)


class Features(ABC):
    """All rows of the hosted nodes, as many of each as the longest has: rows of zeros stand behind the others'."""

    @abstractmethod
    def take(self, rows: NDArray[np.int64]) -> DesignMatrix:
        """Return the design matrix of the given rows: hosted×batch, counted over all nodes' rows."""

    @abstractmethod
    def all(self) -> DesignMatrix:
        """Return the design matrix of all rows."""


def is_sparse(features: Any) -> bool:
    """Tell whether features are a scipy matrix rather than an array; imports no scipy."""
    return hasattr(features, "toarray")


def dense(features: Any) -> NDArray[Any]:
    """Return features as an array."""
    return features.toarray() if is_sparse(features) else features


def dense_size(rows: int, features: Any, itemsize: int = 8) -> int:
    """Return the bytes of ``rows`` rows of ``features`` with every entry stored."""
    return rows * int(features.shape[1]) * itemsize


def wasteful(features: Any) -> bool:
    """Tell whether every entry of sparse features would take much memory, most of it for zeros."""
    if not is_sparse(features):
        return False
    stored = features.data.nbytes + features.indices.nbytes + features.indptr.nbytes
    return dense_size(features.shape[0], features) > max(MUCH_MEMORY, MOSTLY_ZERO * stored)


MUCH_MEMORY, MOSTLY_ZERO = 2**26, 4
"""Bytes, and bytes of dense rows to a byte of sparse ones; beyond both, sparse products are faster, too."""


class DenseFeatures(Features):
    """Features with every entry stored: fastest for few nodes and few features."""

    def __init__(self, blocks: list[Any], dtype: np.dtype[Any]) -> None:
        rows = np.zeros((len(blocks), longest(blocks), blocks[0].shape[1]), dtype)
        for own, block in zip(rows, blocks, strict=True):
            if is_sparse(block):
                block.astype(dtype).toarray(out=own[: block.shape[0]])
            else:
                own[: len(block)] = block
        self._rows, self._flat = rows, rows.reshape(-1, rows.shape[2])

    def take(self, rows: NDArray[np.int64]) -> DesignMatrix:
        """Return the design matrix of the given rows."""
        return DenseDesignMatrix(self._flat.take(rows, axis=0))

    def all(self) -> DesignMatrix:
        """Return the design matrix of all rows, which it shares memory with."""
        return DenseDesignMatrix(self._rows)


def longest(blocks: list[Any]) -> int:
    """Return how many rows the node with the most has."""
    return max(block.shape[0] for block in blocks)
