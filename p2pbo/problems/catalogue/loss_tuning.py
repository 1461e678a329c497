"""Loss tuning on long-tailed data (Li 2024 sec. V-B): x tunes the VS loss that trains the model y.

f_i(x, y) = class-balanced cross-entropy on node i's validation rows: every class of the node weighs the same
g_i(x, y) = mean of −w_k log(exp(Δ_k s_k + l_k) / Σ_c exp(Δ_c s_c + l_c)) on its training rows + (ridge/2)‖y‖²

k is the row's class, s its scores under y, and x = (w, l, Δ), one entry each per class, starts at (1, 0, 1), where
the VS loss is the cross-entropy. Li 2024 writes the VS loss above as well, but w = 0 minimises that: the balanced
loss is that of the literature on long tails. Class i keeps n_i μⁱ of its n_i rows, in training and validation.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from p2pbo.arrays import Vector
from p2pbo.data import Samples, load
from p2pbo.problems.classification.labelled_data import PartitionedNodeData, check_classes, longest_row
from p2pbo.problems.context import PROBLEMS, ProblemContext
from p2pbo.problems.networks import Backbone, initial_parameters, linear, mlp, predictions, squared_norm
from p2pbo.problems.problem import Problem
from p2pbo.randomness import generator


@PROBLEMS.register("loss-tuning")
def loss_tuning(
    context: ProblemContext,
    /,
    *,
    imbalance: Annotated[float, Field(gt=0, le=1)] = 0.01,
    network: Literal["linear", "mlp"] = "linear",
    hidden: Annotated[int, Field(ge=1)] = 200,
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.2,
    ridge: Annotated[float, Field(gt=0)] = 1e-3,
) -> Problem:
    """Classes of very different size, and a training loss whose class weights and offsets are learnt.

    Figures, where there are test data: ``test_accuracy`` and ``balanced_accuracy``, the
    mean of the classes' own accuracies.

    Args:
        imbalance: share of rows that the last class keeps; Li 2024 does not print its μ.
        network: the model.
        hidden: hidden units of the mlp.
        validation: share of a node's rows that are validation data.
        ridge: weight of the ridge that makes g strongly convex.

    Raises:
        InputError: the data have only one class.
    """
    dataset = load(context.data, context.seed, **context.data_options)
    check_classes(dataset)
    classes, d = dataset.classes, dataset.train.features.shape[1]
    draw = generator(context.seed, "loss-tuning/tail")
    train = dataset.train.take(long_tail(dataset.train.labels, classes, imbalance, draw))
    backbone = linear(d) if network == "linear" else mlp(d, hidden)
    upper_loss, lower_loss = losses(backbone, ridge)
    lipschitz, convexity, slope = linear_bounds(train, ridge) if network == "linear" else (None, None, None)
    test = dataset.test
    x0 = {"w": np.ones(classes), "l": np.zeros(classes), "delta": np.ones(classes)}
    layers = {**backbone.layers, **backbone.head(classes)}
    y0 = initial_parameters(layers, context.start_generator("loss-tuning/start"))

    def figures(x: Vector, y: Vector) -> dict[str, float]:
        import torch

        assert test is not None
        model = problem.y.unflatten(torch.as_tensor(y))
        right = predictions(lambda rows: backbone.scores(model, rows), test) == test.labels
        own = [right[test.labels == k].mean() for k in np.unique(test.labels)]
        return {"test_accuracy": float(right.mean()), "balanced_accuracy": float(np.mean(own))}

    problem = Problem(
        upper_loss,
        lower_loss,
        nodes=BalancedNodeData(train, context, validation),
        x0=x0,
        y0=y0,
        lower_level=context.lower_level,
        units=backbone.units(x0, y0),
        test=figures if test is not None else None,
        name="loss-tuning",
        lipschitz=lipschitz,
        convexity=convexity,
        slope=slope,
    )
    return problem


def linear_bounds(train: Samples, ridge: float) -> tuple[float, float, float]:
    """Return the constants that are known of a linear model: lipschitz, convexity, slope.

    A row's Hessian lies between 0 and ½ w_k max Δ² (‖a‖² + 1), the 1 being the bias's: g is convex while w ≥ 0, and
    lipschitz is that of the start. The weights of a node's validation rows have mean 1.
    """
    square = longest_row(train) ** 2 + 1
    return 0.5 * square + ridge, ridge, math.sqrt(2 * square)


def long_tail(
    labels: NDArray[np.int64], classes: int, imbalance: float, draw: np.random.Generator
) -> NDArray[np.int64]:
    """Return the rows that stay, sorted: of class i's n_i rounded n_i μⁱ, at least 1, μ^(classes−1) = ``imbalance``."""
    mu = imbalance ** (1 / (classes - 1))
    rows = [np.flatnonzero(labels == i) for i in range(classes)]
    kept = [draw.permutation(own)[: max(1, round(len(own) * mu**i))] for i, own in enumerate(rows)]
    return np.sort(np.concatenate(kept))


def losses(backbone: Backbone, ridge: float) -> tuple[Any, Any]:
    """Return (f, g) of a network on one node's rows, in torch."""

    def upper_loss(x: Any, y: Any, batch: dict[str, Any]) -> Any:
        from torch.nn.functional import cross_entropy

        scores = backbone.scores(y, batch["a"])
        return (batch["weight"] * cross_entropy(scores, batch["label"], reduction="none")).mean()

    def lower_loss(x: Any, y: Any, batch: dict[str, Any]) -> Any:
        from torch.nn.functional import cross_entropy

        scores, label = backbone.scores(y, batch["a"]), batch["label"]
        tuned = cross_entropy(x["delta"] * scores + x["l"], label, reduction="none")
        return (x["w"][label] * tuned).mean() + 0.5 * ridge * squared_norm(y)

    return upper_loss, lower_loss


class BalancedNodeData(PartitionedNodeData):
    """Partitioned data whose validation rows carry their ``weight`` in the mean: n/(classes · n_k) of n rows."""

    def __getitem__(self, node: Any) -> Any:
        import torch

        labels = self.upper(range(len(self))[node]).labels
        _, own, counts = np.unique(labels, return_inverse=True, return_counts=True)
        weight = len(labels) / (len(counts) * counts[own])
        held = super().__getitem__(node)
        return replace(held, upper={**held.upper, "weight": torch.as_tensor(weight)})
