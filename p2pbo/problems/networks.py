"""Small networks as functions of named tensors: a backbone, which represents a row, and the linear layer behind it.

Parameters are a dict ("hidden.weight", "hidden.bias", …), so that part of a network may be x and part of it y.
Activations are ReLU: where the backbone is x and the layer behind it y, hyy and hxy need the backbone's Jacobian only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.data import Samples
from p2pbo.problems.features import dense

if TYPE_CHECKING:
    import torch

    Tensors = Mapping[str, torch.Tensor]

Layers = Mapping[str, tuple[int, ...]]
"""Each layer's shape of weights, (outputs, inputs, …); it has as many biases as outputs."""


@dataclass(frozen=True)
class Backbone:
    """``represent`` maps (parameters, rows × features) to rows × ``width``."""

    layers: Layers
    width: int
    represent: Callable[[Tensors, torch.Tensor], torch.Tensor]

    def head(self, classes: int) -> Layers:
        """The linear layer from the representation to one score a class."""
        return {"output": (classes, self.width)}

    def scores(self, parameters: Tensors, rows: torch.Tensor) -> torch.Tensor:
        """The whole network: rows × classes."""
        return _linear(parameters, "output", self.represent(parameters, rows))


def linear(features: int) -> Backbone:
    """No backbone: rows represent themselves."""
    return Backbone({}, features, lambda _, rows: rows)


def mlp(features: int, hidden: int) -> Backbone:
    """One hidden layer."""
    return Backbone({"hidden": (hidden, features)}, hidden, lambda x, rows: _linear(x, "hidden", rows).relu())


def lenet(shape: tuple[int, int, int]) -> Backbone:
    """LeNet-5 (LeCun 1998) without its output layer, for images of ``shape`` (channels, height, width).

    Images smaller than 32×32 get a black border (28×28 as in LeCun 1998). Subsampling is a plain average.
    """
    border = [max(0, 32 - side) for side in shape[1:]]
    top, left = (size // 2 for size in border)
    padding = (left, border[1] - left, top, border[0] - top)
    height, width = (((max(32, side) - 4) // 2 - 4) // 2 for side in shape[1:])
    layers = {
        "conv1": (6, shape[0], 5, 5),
        "conv2": (16, 6, 5, 5),
        "hidden1": (120, 16 * height * width),
        "hidden2": (84, 120),
    }

    def represent(x: Tensors, rows: torch.Tensor) -> torch.Tensor:
        from torch.nn import functional

        maps = functional.pad(rows.reshape(-1, *shape), padding)
        for layer in ("conv1", "conv2"):
            filtered = functional.conv2d(maps, x[f"{layer}.weight"], x[f"{layer}.bias"])
            maps = functional.avg_pool2d(filtered.relu(), 2)
        return _linear(x, "hidden2", _linear(x, "hidden1", maps.flatten(1)).relu()).relu()

    return Backbone(layers, 84, represent)


def start(layers: Layers, draw: np.random.Generator) -> dict[str, NDArray[np.float64]]:
    """Weights and biases uniform in ±1/√inputs, as torch's layers start, from a generator of our own."""
    parameters = {}
    for name, shape in layers.items():
        bound = 1 / math.sqrt(math.prod(shape[1:]))
        parameters[f"{name}.weight"] = draw.uniform(-bound, bound, shape)
        parameters[f"{name}.bias"] = draw.uniform(-bound, bound, shape[0])
    return parameters


def squared_norm(parameters: Tensors) -> torch.Tensor:
    """Σ of the squares of all entries."""
    squares: Any = sum((part**2).sum() for part in parameters.values())
    return squares


def predictions(
    scores: Callable[[torch.Tensor], torch.Tensor], samples: Samples, at_once: int = 1000
) -> NDArray[np.int64]:
    """The class with the highest score of every row; float64, some rows at once to save memory."""
    import torch

    def predicted(first: int) -> torch.Tensor:
        rows = torch.as_tensor(dense(samples.features[first : first + at_once]), dtype=torch.float64)
        return scores(rows).argmax(1)

    with torch.no_grad():
        found = torch.cat([predicted(first) for first in range(0, len(samples), at_once)])
    classes: NDArray[np.int64] = found.numpy()
    return classes


def _linear(parameters: Tensors, layer: str, rows: torch.Tensor) -> torch.Tensor:
    from torch.nn import functional

    return functional.linear(rows, parameters[f"{layer}.weight"], parameters[f"{layer}.bias"])
