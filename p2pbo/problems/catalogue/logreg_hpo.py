"""Hyperparameter optimization of multiclass logistic regression (Gao 2023 (19), Zhang 2023 (4.1)).

f_i(x, y) = mean cross-entropy of y on node i's validation rows
g_i(x, y) = mean cross-entropy of y on node i's training rows + (1/(cd)) Σ_p Σ_q exp(x_q) y_pq²

x has one entry per feature (d), y one row per class (c×d, flattened by rows).
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from p2pbo.arrays import Rows, Vector
from p2pbo.data import Samples, load
from p2pbo.problems.classification.design_matrix import DenseFeatures, SparseFeatures, is_sparse, wasteful
from p2pbo.problems.classification.labelled_data import (
    LabelledNodeData,
    PartitionedNodeData,
    check_classes,
    longest_row,
)
from p2pbo.problems.classification.softmax import CrossEntropy, LabelledRows
from p2pbo.problems.context import PROBLEMS, ProblemContext
from p2pbo.problems.node_data import Batch
from p2pbo.problems.oracles import Oracles
from p2pbo.problems.problem import Problem

LONG = 10_000
"""Entries of X from which comparing it with the last one costs less than its exponentials."""

FeatureStorage = Literal["auto", "dense", "sparse"]


@PROBLEMS.register("logreg-hpo")
def logreg_hpo(
    context: ProblemContext,
    /,
    *,
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.3,
    features: FeatureStorage = "auto",
) -> Problem:
    """Logistic regression whose per-feature ridge weights are learnt on validation data.

    ``features`` says how sparse data are stored; auto: sparse where every entry would take much memory, most of it for
    zeros, and where a rank hosts 16 nodes or more. The numbers are the same to rounding.

    Raises:
        InputError: the data have only one class; dense rows take more memory than there is.
    """
    dataset = load(context.data, context.seed, **context.data_options)
    check_classes(dataset)
    nodes = PartitionedNodeData(dataset.train, context, validation)
    shape = dataset.classes, dataset.train.features.shape[1]
    longest = longest_row(dataset.train)
    storage: FeatureStorage = (
        "sparse" if features == "auto" and wasteful(dataset.train.features) else features
    )
    return softmax_regression("logreg-hpo", nodes, shape, longest, dataset.test, storage)


def softmax_regression(
    name: str,
    nodes: LabelledNodeData,
    shape: tuple[int, int],
    longest: float,
    test: Samples | None,
    storage: FeatureStorage = "auto",
) -> Problem:
    """Return the problem of this module on any rows: ``shape`` is classes × features, ``longest`` bounds ‖a‖.

    The Hessian of one row's cross-entropy lies between 0 and ½‖a‖², its gradient is at most √2‖a‖. The ridge adds
    2 exp(x_q)/(cd), which no constant bounds for all x: lipschitz and convexity are those of the start x = 0.
    """
    classes, d = shape
    ridge = 2 / (classes * d)

    def accuracy(x: Vector, y: Vector) -> dict[str, float]:
        assert test is not None
        scores = test.features @ y.reshape(shape).T
        return {"test_accuracy": float((scores.argmax(1) == test.labels).mean())}

    return Problem(
        upper_loss,
        lower_loss,
        nodes=nodes,
        dim_x=d,
        dim_y=classes * d,
        oracles=lambda problem, hosted, dtype: LogregOracles(nodes, hosted, shape, dtype, storage),
        lipschitz=0.5 * longest**2 + ridge,
        convexity=ridge,
        slope=math.sqrt(2) * longest,
        test=accuracy if test is not None else None,
        name=name,
    )


def upper_loss(x: Any, y: Any, batch: dict[str, Any]) -> Any:
    """Return the mean cross-entropy, in torch."""
    import torch

    return torch.nn.functional.cross_entropy(batch["a"] @ y.view(-1, len(x)).T, batch["label"])


def lower_loss(x: Any, y: Any, batch: dict[str, Any]) -> Any:
    """Return the mean cross-entropy + (1/(cd)) Σ exp(x_q) y_pq², in torch."""
    return upper_loss(x, y, batch) + (x.exp() * y.view(-1, len(x)) ** 2).mean()


class LogregOracles(Oracles):
    """Closed-form oracles of the hosted nodes, all nodes in one call."""

    def __init__(
        self,
        nodes: LabelledNodeData,
        hosted: range,
        shape: tuple[int, int],
        dtype: np.dtype[Any],
        storage: FeatureStorage,
    ) -> None:
        self.shape = (len(hosted), *shape)
        self.ridge = 1 / (shape[0] * shape[1])

        sparse_data = is_sparse(nodes.upper(hosted.start).features)
        many = sparse_data and len(hosted) >= 16
        if not (sparse := storage == "sparse" or (storage == "auto" and many)):
            rows = sum(nodes.size(node)[0] for node in hosted)
            otherwise = "--set problem.features=sparse" if sparse_data else "--dtype float32"
            nodes.require_memory(rows, dtype.itemsize, f"use {otherwise}, or more machines")

        def rows_of(own: list[Samples]) -> LabelledRows:
            features = (SparseFeatures if sparse else DenseFeatures)([block.features for block in own], dtype)
            return LabelledRows(features, [block.labels for block in own], dtype)

        self._upper, self._lower = (
            rows_of([side(node) for node in hosted]) for side in (nodes.upper, nodes.lower)
        )
        self.upper_samples, self.lower_samples = self._upper.counts, self._lower.counts
        self._last: tuple[Rows, Rows] | None = None

    def penalty(self, X: Rows) -> Rows:
        """Return 2 exp(x_q) / (cd), hosted×1×d; kept for long X, at which a Neumann series asks many times."""
        if X.size >= LONG and self._last is not None and np.array_equal(X, self._last[0]):
            return self._last[1]
        penalty = 2 * self.ridge * np.exp(X)[:, None]
        if X.size >= LONG:
            self._last = X.copy(), penalty
        return penalty

    def upper(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return fx = 0 and fy, the gradient of the cross-entropy."""
        gradient = self._upper.cross_entropy(Y.reshape(self.shape), batch).gradient()
        return np.zeros_like(X), gradient.reshape(Y.shape)

    def lower(self, X: Rows, Y: Rows, batch: Batch) -> LogregLower:
        """Return ∇_y g and what its products need."""
        return LogregLower(self, self._lower.cross_entropy(Y.reshape(self.shape), batch), X, Y)

    def losses(self, X: Rows, Y: Rows) -> tuple[Rows, Rows]:
        """Return (f_i, g_i) over all rows."""
        y = Y.reshape(self.shape)
        penalty = self.ridge * (np.exp(X)[:, None] * y**2).sum((1, 2))
        return self._upper.evaluate(y)[0], self._lower.evaluate(y)[0] + penalty

    def metrics(self, X: Rows, Y: Rows) -> dict[str, Rows]:
        """Return the accuracy on each node's validation rows."""
        return {"validation_accuracy": self._upper.evaluate(Y.reshape(self.shape))[1]}


class LogregLower:
    """∇_y g at one point: the cross-entropy's part and the ridge's."""

    def __init__(self, oracles: LogregOracles, loss: CrossEntropy, X: Rows, Y: Rows) -> None:
        self._loss, self._shape, self._flat = loss, oracles.shape, Y.shape
        self._penalty = oracles.penalty(X)
        self._y = Y.reshape(self._shape)

    @property
    def gy(self) -> Rows:
        """The gradient of the cross-entropy + (2/(cd)) exp(x_q) y_pq."""
        return (self._loss.gradient() + self._penalty * self._y).reshape(self._flat)

    def products(self, V: Rows) -> tuple[Rows, Rows]:
        """Return (hyy(v), hxy(v))."""
        return self.hyy(V), self.hxy(V)

    def hyy(self, V: Rows) -> Rows:
        """Return the cross-entropy's Hessian times v + (2/(cd)) exp(x_q) v_pq."""
        v = V.reshape(self._shape)
        return (self._loss.product(v) + self._penalty * v).reshape(self._flat)

    def hxy(self, V: Rows) -> Rows:
        """Return (2/(cd)) exp(x_q) Σ_p y_pq v_pq."""
        return (self._penalty * self._y * V.reshape(self._shape)).sum(axis=1)
