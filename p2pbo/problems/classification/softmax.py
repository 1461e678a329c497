"""Multiclass logistic regression on stacked nodes: mean cross-entropy of y (classes×features) and its derivatives.

With scores S = y Aᵀ and probabilities P = softmax(S) (hosted×classes×batch; classes lie before the batch, so that
sums over classes run along memory):

∇ = (P − E) A / b,      ∇² v = (P∘(T − 1·ΣP∘T)) A / b  with  T = v Aᵀ           (E: one-hot labels)
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import IndexArray, Rows
from p2pbo.problems.classification.design_matrix import DesignMatrix, Features
from p2pbo.problems.node_data import Batch, sample_indices


def softmax(S: Rows) -> Rows:
    """Turn scores into probabilities over axis 1, in place."""
    S -= S.max(axis=1, keepdims=True)
    np.exp(S, out=S)
    S /= S.sum(axis=1, keepdims=True)
    return S


class CrossEntropy:
    """The mean cross-entropy at one stacked point on one batch: its gradient, and products with its Hessian."""

    def __init__(self, rows: LabelledRows, Y: Rows, batch: Batch) -> None:
        self._matrix, self._labels, self._weight = rows.draw(batch)
        self._probabilities = softmax(self._matrix.scores(Y))

    def gradient(self) -> Rows:
        """Return (P − E) A / b: hosted×classes×features."""
        residual = self._probabilities.copy()
        residual.ravel()[self._labels * residual.shape[2] + _places(residual.shape)] -= 1
        residual *= self._weight
        return self._matrix.adjoint(residual)

    def product(self, V: Rows) -> Rows:
        """Return (P∘(T − 1·ΣP∘T)) A / b with T = v Aᵀ: hosted×classes×features."""
        P = self._probabilities
        T = self._matrix.scores(V)
        T -= (P * T).sum(axis=1, keepdims=True)
        T *= P
        T *= self._weight
        return self._matrix.adjoint(T)


@lru_cache(maxsize=4)
def _places(shape: tuple[int, int, int]) -> IndexArray:
    """Return where each row's score in class 0 lies in flat memory of hosted×classes×batch scores: hosted×batch."""
    hosted, classes, batch = shape
    return classes * batch * np.arange(hosted)[:, None] + np.arange(batch)


class LabelledRows:
    """The hosted nodes' samples of one loss: features, labels, and which rows are whose."""

    def __init__(self, features: Features, labels: list[NDArray[np.int64]], dtype: np.dtype[Any]) -> None:
        self._features = features
        self.counts = np.array([len(own) for own in labels])
        # All rows of all nodes are one hosted×longest batch, where what stands behind a short node's rows weighs 0.
        column = np.arange(self.counts.max())
        owned = column < self.counts[:, None]
        self._first = column.size * np.arange(len(labels))[:, None]
        self._labels = np.zeros(owned.shape, np.int64)
        self._labels[owned] = np.concatenate(labels)
        self._weight = np.where(owned, 1 / self.counts[:, None], 0)[:, None].astype(dtype)

    def draw(self, batch: Batch) -> tuple[DesignMatrix, NDArray[np.int64], Rows | float]:
        """Return design matrix, labels (hosted×batch) and weight in the mean of each drawn row."""
        drawn = sample_indices(batch)
        if drawn is None:
            return self._features.all(), self._labels, self._weight
        rows = self._first + drawn
        return self._features.take(rows), self._labels.take(rows), 1 / drawn.shape[1]

    def cross_entropy(self, Y: Rows, batch: Batch) -> CrossEntropy:
        """Return the mean cross-entropy on the drawn rows, with its derivatives."""
        return CrossEntropy(self, Y, batch)

    def evaluate(self, Y: Rows) -> tuple[Rows, Rows]:
        """Return mean cross-entropy and accuracy over all rows: two vectors of length hosted."""
        matrix, labels, weight = self._features.all(), self._labels, self._weight
        S = matrix.scores(Y)
        S -= S.max(axis=1, keepdims=True)
        own = np.take_along_axis(S, labels[:, None], axis=1)[:, 0]
        losses = np.log(np.exp(S).sum(axis=1)) - own
        return (losses * weight[:, 0]).sum(1), ((S.argmax(1) == labels) * weight[:, 0]).sum(1)
