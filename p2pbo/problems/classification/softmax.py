"""Multiclass logistic regression on stacked nodes: mean cross-entropy of y (classes×features) and its derivatives.

With scores S = y Aᵀ and probabilities P = softmax(S) (hosted×classes×batch; classes lie before the batch, so that
sums over classes run along memory):

∇ = (P − E) A / b,      ∇² v = (P∘(T − 1·ΣP∘T)) A / b  with  T = v Aᵀ           (E: one-hot labels)
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import Rows
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
        self._rows, self._Y, self._batch = rows, Y, batch

    @cached_property
    def _drawn(self) -> tuple[DesignMatrix, NDArray[np.int64], Rows | float]:
        return self._rows.draw(self._batch)

    @cached_property
    def _probabilities(self) -> Rows:
        return softmax(self._drawn[0].scores(self._Y))

    def gradient(self) -> Rows:
        """Return (P − E) A / b: hosted×classes×features."""
        matrix, labels, weight = self._drawn
        residual = self._probabilities.copy()
        hosted, batch = labels.shape
        residual[np.arange(hosted)[:, None], labels, np.arange(batch)] -= 1
        residual *= weight
        return matrix.adjoint(residual)

    def product(self, V: Rows) -> Rows:
        """Return (P∘(T − 1·ΣP∘T)) A / b with T = v Aᵀ: hosted×classes×features."""
        matrix, _, weight = self._drawn
        P = self._probabilities
        T = matrix.scores(V)
        T -= (P * T).sum(axis=1, keepdims=True)
        T *= P
        T *= weight
        return matrix.adjoint(T)


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
