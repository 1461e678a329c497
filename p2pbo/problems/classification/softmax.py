"""Multiclass logistic regression on stacked nodes: mean cross-entropy of y (classes×features) and its derivatives.

The last class is the reference: what is added to the scores of all classes changes no probability, so its scores are
taken as 0, and D holds y's other rows less its last. With S = D Aᵀ and the probabilities P of these others
((classes−1)×hosted×batch; classes come first, so that sums over them run over whole arrays):

∂/∂D = (P − E) A / b,      ∇² v = (P∘(T − 1·ΣP∘T)) A / b  with  T = (v less its last row) Aᵀ      (E: one-hot labels)

The reference's row of a gradient is −Σ of the others'.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import Rows
from p2pbo.problems.classification.design_matrix import DesignMatrix, Features
from p2pbo.problems.node_data import Batch, sample_indices


def softmax(S: Rows) -> Rows:
    """Turn scores above the reference's into probabilities over axis 0, in place: exp S / (1 + Σ exp S)."""
    highest = np.maximum.reduce(S, initial=0)
    S -= highest
    np.exp(S, out=S)
    S /= np.add.reduce(S) + np.exp(-highest)
    return S


def above_reference(V: Rows) -> Rows:
    """Return the rows of every class but the last, less the last one: hosted×(classes−1)×features."""
    return V[:, :-1] - V[:, -1:]


def add_gradient(G: Rows, onto: Rows) -> Rows:
    """Add a gradient with respect to the rows above the reference's, as one of all classes: its rows sum to 0."""
    onto[:, :-1] += G
    onto[:, -1] -= np.add.reduce(G, axis=1)
    return onto


class CrossEntropy:
    """The mean cross-entropy at one stacked point on one batch: its gradient, and products with its Hessian.

    Both are added to ``onto`` in its memory: hosted×classes×features.
    """

    def __init__(self, rows: LabelledRows, Y: Rows, batch: Batch) -> None:
        self._rows, self._drawn = rows, rows.drawn(batch)
        self._matrix, self._weight = rows.matrix(self._drawn), rows.weight(self._drawn)
        self._probabilities = softmax(self._matrix.scores(above_reference(Y)))

    def gradient(self, onto: Rows) -> Rows:
        """Add (P − E) A / b."""
        P = self._probabilities
        residual = P - self._rows.one_hot(self._drawn)
        residual *= self._weight
        return add_gradient(self._matrix.adjoint(residual), onto)

    def product(self, V: Rows, onto: Rows) -> Rows:
        """Add (P∘(T − 1·ΣP∘T)) A / b with T = (v less its last row) Aᵀ."""
        P = self._probabilities
        T = self._matrix.scores(above_reference(V))
        T -= np.add.reduce(P * T)
        T *= P
        T *= self._weight
        return add_gradient(self._matrix.adjoint(T), onto)


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
        self._one_hot = self._labels == np.arange(classes - 1)[:, None, None]
        self._one_hot_rows = self._one_hot.reshape(classes - 1, -1)
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
        """Return E: (classes−1)×hosted×batch."""
        return self._one_hot if drawn is None else self._one_hot_rows.take(drawn, axis=1)

    def cross_entropy(self, Y: Rows, batch: Batch) -> CrossEntropy:
        """Return the mean cross-entropy on the drawn rows, with its derivatives."""
        return CrossEntropy(self, Y, batch)

    def evaluate(self, Y: Rows) -> tuple[Rows, Rows]:
        """Return mean cross-entropy and accuracy over all rows: two vectors of length hosted.

        A row of class p costs log(1 + Σ exp S) − S_p, and one of the reference log(1 + Σ exp S).
        """
        S = self._features.all().scores(above_reference(Y))
        own = np.add.reduce(S * self._one_hot)
        best, highest = S.argmax(0), np.maximum.reduce(S, initial=0)
        losses = highest + np.log(np.add.reduce(np.exp(S - highest)) + np.exp(-highest)) - own
        right = np.where(np.maximum.reduce(S) < 0, len(S), best) == self._labels
        return (losses * self._weight).sum(1), (right * self._weight).sum(1)
