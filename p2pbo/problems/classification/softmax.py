"""Multiclass logistic regression on stacked nodes: mean cross-entropy of y (classes×features) and its derivatives.

With scores S = y Aᵀ and probabilities P = softmax(S) (classes×hosted×batch; classes come first, so that sums over
them run over whole arrays):

∇ = (P − E) A / b,      ∇² v = (P∘(T − 1·ΣP∘T)) A / b  with  T = v Aᵀ           (E: one-hot labels)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import Rows
from p2pbo.problems.classification.design_matrix import DesignMatrix, Features
from p2pbo.problems.node_data import Batch, sample_indices


def softmax(S: Rows) -> Rows:
    """Turn scores into probabilities over axis 0, in place."""
    S -= np.maximum.reduce(S)
    np.exp(S, out=S)
    S /= np.add.reduce(S)
    return S


class CrossEntropy:
    """The mean cross-entropy at one stacked point on one batch: its gradient, and products with its Hessian.

    Both are added to ``onto`` in its memory, where it is given.
    """

    def __init__(self, rows: LabelledRows, Y: Rows, batch: Batch) -> None:
        self._rows, self._drawn = rows, rows.drawn(batch)
        self._matrix, self._weight = rows.matrix(self._drawn), rows.weight(self._drawn)
        self._probabilities = softmax(self._matrix.scores(Y))

    def gradient(self, onto: Rows | None = None) -> Rows:
        """Return (P − E) A / b: hosted×classes×features."""
        P = self._probabilities
        residual = P - self._rows.one_hot(self._drawn)
        residual *= self._weight
        return self._matrix.adjoint(residual, onto)

    def product(self, V: Rows, onto: Rows | None = None) -> Rows:
        """Return (P∘(T − 1·ΣP∘T)) A / b with T = v Aᵀ: hosted×classes×features."""
        P = self._probabilities
        T = self._matrix.scores(V)
        T -= np.add.reduce(P * T)
        T *= P
        T *= self._weight
        return self._matrix.adjoint(T, onto)


class LabelledRows:
    """The hosted nodes' samples of one loss: features, labels, and which rows are whose."""

    def __init__(
        self, features: Features, labels: list[NDArray[np.int64]], classes: int, dtype: np.dtype[Any]
    ) -> None:
        self._features = features
        self.counts = np.array([len(own) for own in labels])
        # All rows of all nodes are one hosted×longest batch, where what stands behind a short node's rows weighs 0.
        column = np.arange(self.counts.max())
        owned = column < self.counts[:, None]
        self._first = column.size * np.arange(len(labels))[:, None]
        self._labels = np.zeros(owned.shape, np.int64)
        self._labels[owned] = np.concatenate(labels)
        self._one_hot = self._labels == np.arange(classes)[:, None, None]
        self._one_hot_rows = self._one_hot.reshape(classes, -1)
        self._weight = np.where(owned, 1 / self.counts[:, None], 0).astype(dtype)

    def drawn(self, batch: Batch) -> NDArray[np.int64] | None:
        """Return the places of a batch among all nodes' rows: hosted×batch; None: all of them."""
        drawn = sample_indices(batch)
        return None if drawn is None else self._first + drawn

    def matrix(self, drawn: NDArray[np.int64] | None) -> DesignMatrix:
        """Return the design matrix of the drawn rows."""
        return self._features.all() if drawn is None else self._features.take(drawn)

    def weight(self, drawn: NDArray[np.int64] | None) -> Rows | float:
        """Return the weight of each drawn row in its node's mean."""
        return self._weight if drawn is None else 1 / drawn.shape[1]

    def one_hot(self, drawn: NDArray[np.int64] | None) -> NDArray[np.bool_]:
        """Return E: classes×hosted×batch."""
        return self._one_hot if drawn is None else self._one_hot_rows.take(drawn, axis=1)

    def cross_entropy(self, Y: Rows, batch: Batch) -> CrossEntropy:
        """Return the mean cross-entropy on the drawn rows, with its derivatives."""
        return CrossEntropy(self, Y, batch)

    def evaluate(self, Y: Rows) -> tuple[Rows, Rows]:
        """Return mean cross-entropy and accuracy over all rows: two vectors of length hosted."""
        labels, weight = self._labels, self._weight
        S = self._features.all().scores(Y)
        S -= np.maximum.reduce(S)
        own = np.take_along_axis(S, labels[None], axis=0)[0]
        losses = np.log(np.add.reduce(np.exp(S))) - own
        return (losses * weight).sum(1), ((S.argmax(0) == labels) * weight).sum(1)
