"""Feature matrices of the hosted nodes, stacked, so that one call serves all of them.

A *design* is the drawn rows A_i of every hosted node. With V (hosted×classes×features) and R
(hosted×classes×batch) it computes V_i A_iᵀ and R_i A_i for all i at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.problems.oracles import Rows


class Design(ABC):
    """The drawn rows of every hosted node."""

    @abstractmethod
    def scores(self, V: Rows) -> Rows:
        """V_i A_iᵀ: hosted×classes×batch."""

    @abstractmethod
    def adjoint(self, R: Rows) -> Rows:
        """R_i A_i: hosted×classes×features."""


class DenseDesign(Design):
    """A: hosted×batch×features."""

    def __init__(self, A: Rows) -> None:
        self._A, self._transposed = A, A.swapaxes(1, 2)

    def scores(self, V: Rows) -> Rows:
        """V_i A_iᵀ."""
        return np.matmul(V, self._transposed)

    def adjoint(self, R: Rows) -> Rows:
        """R_i A_i."""
        return np.matmul(R, self._A)


class SparseDesign(Design):
    """A block-diagonal CSR matrix: (hosted·batch) × (hosted·features).

    One matrix-vector product per class: for few classes that beats scipy's product with a thin matrix.
    """

    def __init__(self, A: Any, hosted: int) -> None:
        self._A, self._transposed, self._hosted = A, A.T, hosted

    def scores(self, V: Rows) -> Rows:
        """V_i A_iᵀ."""
        return self._by_class(self._A, V)

    def adjoint(self, R: Rows) -> Rows:
        """R_i A_i."""
        return self._by_class(self._transposed, R)

    def _by_class(self, matrix: Any, stacked: Rows) -> Rows:
        classes = range(stacked.shape[1])
        columns = [(matrix @ stacked[:, p].ravel()).reshape(self._hosted, -1) for p in classes]
        return np.stack(columns, axis=1)


class Features(ABC):
    """All rows that the hosted nodes own, one node's after another's."""

    @abstractmethod
    def take(self, rows: NDArray[np.int64]) -> Design:
        """The design of the given rows: hosted×batch, counted over all hosted rows."""


def is_sparse(features: Any) -> bool:
    """Whether features are a scipy matrix rather than an array; imports no scipy."""
    return hasattr(features, "toarray")


def dense(features: Any) -> NDArray[Any]:
    """Features as an array."""
    return features.toarray() if is_sparse(features) else features


class DenseFeatures(Features):
    """Every entry stored: fastest for one node and few features."""

    def __init__(self, blocks: list[Any], dtype: np.dtype[Any]) -> None:
        self._rows = np.concatenate([dense(block) for block in blocks]).astype(dtype)

    def take(self, rows: NDArray[np.int64]) -> Design:
        """The design of the given rows."""
        return DenseDesign(self._rows.take(rows, axis=0))


class SparseFeatures(Features):
    """Only non-zeros stored, each node in columns of its own."""

    def __init__(self, blocks: list[Any], dtype: np.dtype[Any]) -> None:
        import scipy.sparse

        self._hosted = len(blocks)
        diagonal = scipy.sparse.block_diag([scipy.sparse.csr_array(block) for block in blocks], format="csr")
        self._rows = scipy.sparse.csr_array(diagonal, dtype=dtype)

    def take(self, rows: NDArray[np.int64]) -> Design:
        """The design of the given rows."""
        return SparseDesign(self._rows[rows.ravel()], self._hosted)
