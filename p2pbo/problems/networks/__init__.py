"""Networks as functions of named tensors: a backbone, which represents a row, and the linear layer behind it.

Parameters are a dict ("hidden.weight", "hidden.bias", …), so that part of a network may be x and part of it y.
Activations are ReLU: where the backbone is x and the layer behind it y, hyy and hxy need the backbone's Jacobian only.
"""

from __future__ import annotations

from p2pbo.problems.networks.backbone import (
    Backbone,
    LayerShapes,
    evaluate,
    initial_parameters,
    predictions,
    squared_norm,
)
from p2pbo.problems.networks.conv4 import conv4
from p2pbo.problems.networks.lenet import lenet
from p2pbo.problems.networks.perceptron import linear, mlp
from p2pbo.problems.networks.resnet12 import resnet12

__all__ = [
    "Backbone",
    "LayerShapes",
    "conv4",
    "evaluate",
    "initial_parameters",
    "lenet",
    "linear",
    "mlp",
    "predictions",
    "resnet12",
    "squared_norm",
]
