"""Hyper-representation (Franceschi 2018, He 2024 app. D.1): x represents rows, y classifies representations.

f_i(x, y) = mean cross-entropy of the network (x, y) on node i's validation rows
g_i(x, y) = mean cross-entropy of the network (x, y) on node i's training rows + (ridge/2)‖y‖²

x holds all layers but the last, y the last one: 157,000 and 2,010 numbers for the mlp on MNIST. The ridge makes g
strongly convex in y, which He 2024 assumes; with 1e-3 the Hessian's condition number on MNIST is about 200 at the
start. g's curvature in y grows with x, so there is no Lipschitz constant to give: Neumann hypergradients want one
set, and diverge once x outgrows it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from p2pbo.arrays import Vector
from p2pbo.data import Dataset, load
from p2pbo.errors import InputError
from p2pbo.problems.classification.labelled_data import PartitionedNodeData, check_classes
from p2pbo.problems.context import PROBLEMS, ProblemContext
from p2pbo.problems.networks import Backbone, initial_parameters, lenet, mlp, predictions, squared_norm
from p2pbo.problems.problem import Problem


@PROBLEMS.register("hyper-representation")
def hyper_representation(
    context: ProblemContext,
    /,
    *,
    network: Literal["mlp", "lenet"] = "mlp",
    hidden: Annotated[int, Field(ge=1)] = 200,
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.3,
    ridge: Annotated[float, Field(gt=0)] = 1e-3,
) -> Problem:
    """A network whose hidden layers are learnt on validation data, its last layer on training data.

    He 2024 gives neither the activation (ReLU here), nor the share of
    validation rows, nor the ridge.

    Args:
        network: the network.
        hidden: hidden units of the mlp.
        validation: share of a node's rows that are validation data.
        ridge: weight of the ridge that makes g strongly convex.

    Raises:
        InputError: the data have only one class, or lenet is asked for and they are no images.
    """
    dataset = load(context.data, context.seed, **context.data_options)
    check_classes(dataset)
    backbone = mlp(dataset.train.features.shape[1], hidden) if network == "mlp" else _lenet(dataset)
    upper_loss, lower_loss = losses(backbone, ridge)
    draw = context.start_generator("hyper-representation/start")
    x0, y0 = (
        initial_parameters(backbone.layers, draw),
        initial_parameters(backbone.head(dataset.classes), draw),
    )

    def accuracy(x: Vector, y: Vector) -> dict[str, float]:
        import torch

        assert dataset.test is not None
        layers, head = problem.x.unflatten(torch.as_tensor(x)), problem.y.unflatten(torch.as_tensor(y))
        predicted = predictions(lambda rows: backbone.scores({**layers, **head}, rows), dataset.test)
        return {"test_accuracy": float(np.mean(predicted == dataset.test.labels))}

    problem = Problem(
        upper_loss,
        lower_loss,
        nodes=PartitionedNodeData(dataset.train, context, validation),
        x0=x0,
        y0=y0,
        units=backbone.units(x0, y0),
        lower_level=context.lower_level,
        convexity=ridge,
        test=accuracy if dataset.test is not None else None,
        name="hyper-representation",
    )
    return problem


def _lenet(dataset: Dataset) -> Backbone:
    if dataset.shape is None:
        raise InputError(
            "network lenet",
            f"needs images, and data {dataset.name} has none",
            "use network=mlp or a data set of images",
        )
    return lenet(dataset.shape)


def losses(backbone: Backbone, ridge: float) -> tuple[Any, Any]:
    """Return (f, g) of a network on one node's rows, in torch."""

    def upper_loss(x: Any, y: Any, batch: dict[str, Any]) -> Any:
        from torch.nn.functional import cross_entropy

        return cross_entropy(backbone.scores({**x, **y}, batch["a"]), batch["label"])

    def lower_loss(x: Any, y: Any, batch: dict[str, Any]) -> Any:
        return upper_loss(x, y, batch) + 0.5 * ridge * squared_norm(y)

    return upper_loss, lower_loss
