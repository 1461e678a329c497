"""Hyperparameter optimization of logistic regression (Gao 2023 (19), Zhang 2023 (4.1)).

f_i(x, y) = mean cross-entropy of y on node i's validation rows
g_i(x, y) = mean cross-entropy of y on node i's training rows + (1/(cd)) Σ_p Σ_q exp(x_q) y_pq²

x has one entry per feature (d), y one row per class (c×d, flattened by rows).

loss=binary, as benchmarks on a single node and He 2024 pose it for two classes, labels ±1: y has one row (d),

f_i(x, y) = mean log(1 + exp(−label·yᵀa)) on node i's validation rows
g_i(x, y) = the same on its training rows + ½ Σ_p exp(x_p) y_p²
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from p2pbo.arrays import Rows, Vector
from p2pbo.data import Dataset, Samples, load
from p2pbo.errors import InputError
from p2pbo.problems.blocked_oracles import blocked
from p2pbo.problems.classification.binary import binary_regression
from p2pbo.problems.classification.design_matrix import DenseFeatures, is_sparse, wasteful
from p2pbo.problems.classification.labelled_data import (
    LabelledNodeData,
    PartitionedNodeData,
    check_classes,
    longest_row,
)
from p2pbo.problems.classification.softmax import CrossEntropy, LabelledRows
from p2pbo.problems.classification.sparse_design import SparseFeatures
from p2pbo.problems.context import PROBLEMS, ProblemContext
from p2pbo.problems.node_data import Batch
from p2pbo.problems.oracles import Oracles
from p2pbo.problems.point_oracles import PointOracles
from p2pbo.problems.problem import LowerLevel, Problem

FeatureStorage = Literal["auto", "dense", "sparse"]
Form = Literal["softmax", "binary"]


@PROBLEMS.register("logreg-hpo")
def logreg_hpo(
    context: ProblemContext,
    /,
    *,
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.3,
    features: FeatureStorage = "auto",
    loss: Form = "softmax",
) -> Problem:
    """Logistic regression whose per-feature ridge weights are learnt on validation data.

    Args:
        validation: share of a node's rows that are validation data.
        features: how sparse data are stored; auto: sparse where every entry would take much memory, most of
            it for zeros, and where a rank hosts 16 nodes or more. The numbers are the same to rounding.
        loss: softmax, a row of y for each class and the mean of the ridge's terms; binary, of two classes, one row
            of y and half of the terms' sum.

    Raises:
        InputError: the data have only one class, or more than two where the loss is binary, whose rows are never
            sparse; dense rows take more memory than there is.
    """
    dataset = load(context.data, context.seed, **context.data_options)
    check_classes(dataset)
    nodes = PartitionedNodeData(dataset.train, context, validation)
    shape = dataset.classes, dataset.train.features.shape[1]
    longest = longest_row(dataset.train)
    if loss == "binary":
        _check_binary(dataset, features)
        level = context.lower_level
        return binary_regression("logreg-hpo", nodes, shape[1], longest, dataset.test, level)
    storage: FeatureStorage = (
        "sparse" if features == "auto" and wasteful(dataset.train.features) else features
    )
    return softmax_regression("logreg-hpo", nodes, shape, longest, dataset.test, storage, context.lower_level)


def _check_binary(dataset: Dataset, features: FeatureStorage) -> None:
    if dataset.classes != 2:
        cause = f"has {dataset.classes} classes, and the binary loss tells two apart"
        raise InputError(f"data {dataset.name}", cause, "use --set problem.loss=softmax")
    if features == "sparse":
        cause = "stores rows for closed forms, and the binary loss is differentiated by torch"
        raise InputError("features sparse", cause, "leave it out, or use --set problem.loss=softmax")


def softmax_regression(
    name: str,
    nodes: LabelledNodeData,
    shape: tuple[int, int],
    longest: float,
    test: Samples | None,
    storage: FeatureStorage = "auto",
    lower_level: LowerLevel = "shared",
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
        lower_level=lower_level,
        oracles=lambda problem, hosted, dtype: logreg_oracles(nodes, hosted, shape, dtype, storage),
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


def logreg_oracles(
    nodes: LabelledNodeData,
    hosted: range,
    shape: tuple[int, int],
    dtype: np.dtype[Any],
    storage: FeatureStorage,
) -> Oracles:
    """Return closed-form oracles of the hosted nodes, their features stored as asked for.

    Raises:
        InputError: dense rows take more memory than there is.
    """
    sparse_data = is_sparse(nodes.upper(hosted.start).features)
    many = sparse_data and len(hosted) >= 16
    if not (sparse := storage == "sparse" or (storage == "auto" and many)):
        rows = sum(nodes.size(node)[0] for node in hosted)
        otherwise = "--set problem.features=sparse" if sparse_data else "--dtype float32"
        nodes.require_memory(rows, dtype.itemsize, f"use {otherwise}, or more machines")
    row_bytes = math.prod(shape) * dtype.itemsize
    return blocked(hosted, row_bytes, lambda own: LogregOracles(nodes, own, shape, dtype, sparse))


class LogregOracles(Oracles):
    """Closed-form oracles of some nodes, all of them in one call."""

    def __init__(
        self,
        nodes: LabelledNodeData,
        hosted: range,
        shape: tuple[int, int],
        dtype: np.dtype[Any],
        sparse: bool,
    ) -> None:
        self.shape = (len(hosted), *shape)
        self.ridge = 1 / (shape[0] * shape[1])

        def rows_of(own: list[Samples]) -> LabelledRows:
            blocks = [block.features for block in own]
            scored = shape[0] - 1  # the last class is the reference
            features = SparseFeatures(blocks, scored, dtype) if sparse else DenseFeatures(blocks, dtype)
            return LabelledRows(features, [block.labels for block in own], shape[0], dtype)

        self._upper, self._lower = (
            rows_of([side(node) for node in hosted]) for side in (nodes.upper, nodes.lower)
        )
        self.upper_samples, self.lower_samples = self._upper.counts, self._lower.counts

    def upper(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return fx = 0 and fy, the gradient of the cross-entropy."""
        gradient = np.zeros(self.shape, Y.dtype)
        self._upper.cross_entropy(Y.reshape(self.shape), batch).gradient(onto=gradient)
        return np.zeros(X.shape, X.dtype), gradient.reshape(Y.shape)

    def lower(self, X: Rows, Y: Rows, batch: Batch) -> LogregLower:
        """Return ∇_y g and what its products need."""
        return self.at(X, Y).evaluated(batch)

    def lower_gradients(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return gx = (1/(cd)) exp(x_q) Σ_p y_pq², which is hxy(y)/2, and gy."""
        lower = self.lower(X, Y, batch)
        return 0.5 * lower.hxy(Y), lower.gy

    def at(self, X: Rows, Y: Rows) -> LogregPoint:
        """Return the oracles at (X, Y), with one exp(X)."""
        return LogregPoint(self, X, Y)

    def cross_entropy(self, y: Rows, batch: Batch) -> CrossEntropy:
        """Return the training rows' mean cross-entropy at y: hosted×classes×features."""
        return self._lower.cross_entropy(y, batch)

    def losses(self, X: Rows, Y: Rows) -> tuple[Rows, Rows]:
        """Return (f_i, g_i) over all rows."""
        y = Y.reshape(self.shape)
        penalty = self.ridge * (np.exp(X)[:, None] * y**2).sum((1, 2))
        return self._upper.evaluate(y)[0], self._lower.evaluate(y)[0] + penalty

    def metrics(self, X: Rows, Y: Rows) -> dict[str, Rows]:
        """Return the accuracy on each node's validation rows."""
        return {"validation_accuracy": self._upper.evaluate(Y.reshape(self.shape))[1]}


class LogregPoint(PointOracles):
    """The oracles at one point, whose ridge is the same for all batches."""

    def __init__(self, oracles: LogregOracles, X: Rows, Y: Rows) -> None:
        super().__init__(oracles, X, Y)
        self._cross_entropy, self._y = oracles.cross_entropy, Y.reshape(oracles.shape)
        self._penalty = 2 * oracles.ridge * np.exp(X)[:, None]

    def evaluated(self, batch: Batch) -> LogregLower:
        """Evaluate ∇_y g on ``batch``."""
        return LogregLower(self._cross_entropy(self._y, batch), self._penalty, self._y, self.Y.shape)


class LogregLower:
    """∇_y g at one point: the cross-entropy's part and the ridge's; ``penalty`` is 2 exp(x_q) / (cd), hosted×1×d."""

    def __init__(self, loss: CrossEntropy, penalty: Rows, y: Rows, flat: tuple[int, ...]) -> None:
        self._loss, self._penalty, self._y, self._flat = loss, penalty, y, flat

    @property
    def gy(self) -> Rows:
        """The gradient of the cross-entropy + (2/(cd)) exp(x_q) y_pq."""
        return self._loss.gradient(onto=self._pulled(self._y)).reshape(self._flat)

    def products(self, V: Rows) -> tuple[Rows, Rows]:
        """Return (hyy(v), hxy(v))."""
        return self.hyy(V), self.hxy(V)

    def hyy(self, V: Rows) -> Rows:
        """Return the cross-entropy's Hessian times v + (2/(cd)) exp(x_q) v_pq."""
        v = V.reshape(self._y.shape)
        return self._loss.product(v, onto=self._pulled(v)).reshape(self._flat)

    def hxy(self, V: Rows) -> Rows:
        """Return (2/(cd)) exp(x_q) Σ_p y_pq v_pq."""
        return np.add.reduce(self._penalty * self._y * V.reshape(self._y.shape), axis=1)

    def _pulled(self, v: Rows) -> Rows:
        """Return (2/(cd)) exp(x_q) v_pq, in memory to add to."""
        return np.multiply(self._penalty, v, order="C")
