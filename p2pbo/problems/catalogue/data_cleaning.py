"""Data hyper-cleaning (Franceschi 2017): which training labels can be trusted is learnt on clean validation rows.

f_i(x, y) = mean cross-entropy of y on node i's validation rows
g_i(x, y) = mean_s σ(x_s) · cross-entropy of y on node i's training row s, as labelled + (ridge/2)‖y‖²

x has one entry for every training row of the network, node 0's first; y one row per class (flattened by rows).
σ is the logistic function: every row weighs ½ at the start x = 0.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from p2pbo.arrays import Vector
from p2pbo.data import Samples, load
from p2pbo.problems.classification.labelled_data import PartitionedNodeData, check_classes, longest_row
from p2pbo.problems.context import PROBLEMS, ProblemContext
from p2pbo.problems.problem import Problem
from p2pbo.randomness import generator


@PROBLEMS.register("data-cleaning")
def data_cleaning(
    context: ProblemContext,
    /,
    *,
    corrupted: Annotated[float, Field(ge=0, lt=1)] = 0.3,
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.3,
    ridge: Annotated[float, Field(gt=0)] = 1e-3,
) -> Problem:
    """Softmax regression on partly wrong labels, with a weight for every training row.

    Figures: ``cleaning_auc``, the probability that a clean row weighs more than a corrupted one
    (½ where weights say nothing), and ``test_accuracy`` where there are test data.

    Args:
        corrupted: share of a node's training rows that get another class, any other with the same
            probability.
        validation: share of a node's rows that are validation data.
        ridge: weight of the ridge that makes g strongly convex.

    Raises:
        InputError: the data have only one class.
    """
    dataset = load(context.data, context.seed, **context.data_options)
    check_classes(dataset)
    nodes = CorruptedNodeData(dataset.train, context, validation, corrupted, dataset.classes)
    classes, d = dataset.classes, dataset.train.features.shape[1]
    longest = longest_row(dataset.train)
    test, clean = dataset.test, nodes.clean

    def figures(x: Vector, y: Vector) -> dict[str, float]:
        from sklearn.metrics import roc_auc_score

        found = {}
        if clean.any() and not clean.all():
            found["cleaning_auc"] = float(roc_auc_score(clean, x))  # σ keeps the order
        if test is not None:
            predicted = (test.features @ y.reshape(classes, d).T).argmax(1)
            found["test_accuracy"] = float(np.mean(predicted == test.labels))
        return found

    return Problem(
        upper_loss,
        weighted_loss(ridge),
        nodes=nodes,
        dim_x=len(clean),
        dim_y=classes * d,
        lower_level=context.lower_level,
        lipschitz=0.5 * longest**2 + ridge,  # a row's Hessian is at most ½‖a‖², and σ ≤ 1
        convexity=ridge,
        slope=math.sqrt(2) * longest,
        test=figures,
        name="data-cleaning",
    )


def upper_loss(x: Any, y: Any, batch: dict[str, Any]) -> Any:
    """Return the mean cross-entropy, in torch."""
    return _cross_entropies(y, batch).mean()


def weighted_loss(ridge: float) -> Any:
    """Return the loss mean_s σ(x_s) · cross-entropy + (ridge/2)‖y‖², in torch."""

    def lower_loss(x: Any, y: Any, batch: dict[str, Any]) -> Any:
        weighted = x[batch["index"]].sigmoid() * _cross_entropies(y, batch)
        return weighted.mean() + 0.5 * ridge * (y**2).sum()

    return lower_loss


def _cross_entropies(y: Any, batch: dict[str, Any]) -> Any:
    from torch.nn.functional import cross_entropy

    a = batch["a"]
    return cross_entropy(a @ y.view(-1, a.shape[-1]).T, batch["label"], reduction="none")


class CorruptedNodeData(PartitionedNodeData):
    """Partitioned data whose training rows carry their place in x (``index``) and, some of them, a wrong label."""

    def __init__(
        self, samples: Samples, context: ProblemContext, validation: float, corrupted: float, classes: int
    ) -> None:
        super().__init__(samples, context, validation)
        self._first = np.cumsum([0, *map(len, self.training)])
        labels = [samples.labels[rows] for rows in self.training]
        self._labels = [
            corrupt(own, corrupted, classes, generator(context.seed, "data-cleaning", node))
            for node, own in enumerate(labels)
        ]
        self.clean = np.concatenate(self._labels) == np.concatenate(labels)

    def lower(self, node: int) -> Samples:
        """Return the node's training rows as they are labelled."""
        return Samples(super().lower(node).features, self._labels[node])

    def __getitem__(self, node: Any) -> Any:
        import torch

        number = range(len(self))[node]
        index = np.arange(self._first[number], self._first[number + 1])
        held = super().__getitem__(number)
        return replace(held, lower={**held.lower, "index": torch.as_tensor(index)})


def corrupt(
    labels: NDArray[np.int64], fraction: float, classes: int, draw: np.random.Generator
) -> NDArray[np.int64]:
    """Return the labels after ``fraction`` of them, rounded to the nearest count, became another class."""
    chosen = draw.permutation(len(labels))[: round(fraction * len(labels))]
    wrong = labels.copy()
    wrong[chosen] = (labels[chosen] + draw.integers(1, classes, len(chosen))) % classes
    return wrong
