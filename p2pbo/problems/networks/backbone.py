"""The parts that all networks share: named layers, their initial parameters, and evaluation on many rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.data import Samples
from p2pbo.memory import require_memory
from p2pbo.problems.classification.design_matrix import dense, dense_size
from p2pbo.problems.submodels.units import Axes, Units

if TYPE_CHECKING:
    import torch

    Tensors = Mapping[str, torch.Tensor]

LayerShapes = Mapping[str, tuple[int, ...]]
"""The shape of each layer's weights, (outputs, inputs, …); it has as many biases as outputs."""


Wiring = Mapping[str, tuple[str | None, str | None]]
"""The names of the units that each layer's outputs and inputs are; None: features or classes."""

MOST_AT_ONCE = 2**27
"""Bytes of dense rows that are evaluated together."""

HEAD_LAYER = "output"
"""The linear layer behind a backbone."""


@dataclass(frozen=True)
class Backbone:
    """A network without its last layer, the head.

    ``represent`` maps (parameters, rows × features) to rows × ``width``; ``wiring`` includes the head.
    """

    layers: LayerShapes
    width: int
    represent: Callable[[Tensors, torch.Tensor], torch.Tensor]
    wiring: Wiring

    def head(self, classes: int) -> LayerShapes:
        """Return the shape of the linear layer from the representation to one score a class."""
        return {HEAD_LAYER: (classes, self.width)}

    def units(self, x: Mapping[str, Any], y: Mapping[str, Any]) -> Units | None:
        """Return the units of x and y, tensors by name; None: there are none. Tensors of no layer stay whole."""
        counts = {own: self.layers[layer][0] for layer, (own, _) in self.wiring.items() if own is not None}
        return Units(counts, self._axes(x), self._axes(y)) if counts else None

    def _axes(self, tensors: Mapping[str, Any]) -> dict[str, Axes]:
        """Return the units on each tensor's axes: (outputs, inputs, None, …) of a weight, (outputs,) of a bias."""
        layers = {name: name.rpartition(".")[0] for name in tensors}
        return {
            name: (*self.wiring[layer], None, None)[: np.ndim(tensors[name])]
            for name, layer in layers.items()
            if layer in self.wiring
        }

    def scores(self, parameters: Tensors, rows: torch.Tensor) -> torch.Tensor:
        """Return the scores of the whole network: rows × classes."""
        return affine(parameters, HEAD_LAYER, self.represent(parameters, rows))


def chain(layers: LayerShapes) -> Wiring:
    """Return the wiring of layers one after another and the head: the inputs of each are the outputs before it."""
    names, outputs, inputs = [*layers, HEAD_LAYER], [*layers, None], [None, *layers]
    return dict(zip(names, zip(outputs, inputs, strict=True), strict=True))


def affine(parameters: Tensors, layer: str, rows: torch.Tensor) -> torch.Tensor:
    """Apply a linear layer to rows: rows × outputs."""
    from torch.nn import functional

    return functional.linear(rows, parameters[f"{layer}.weight"], parameters[f"{layer}.bias"])


def initial_parameters(layers: LayerShapes, draw: np.random.Generator) -> dict[str, NDArray[np.float64]]:
    """Draw weights and biases uniform in ±1/√inputs, as torch's layers start, from a generator of our own.

    Raises:
        InputError: they take more memory than there is.
    """
    count = sum(math.prod(shape) for shape in layers.values())
    require_memory("the network", 8 * count, f"for {count} weights", "use fewer features or hidden units")
    parameters = {}
    for name, shape in layers.items():
        bound = 1 / math.sqrt(math.prod(shape[1:]))
        parameters[f"{name}.weight"] = draw.uniform(-bound, bound, shape)
        parameters[f"{name}.bias"] = draw.uniform(-bound, bound, shape[0])
    return parameters


def squared_norm(parameters: Tensors) -> torch.Tensor:
    """Return the sum of the squares of all entries."""
    squares: Any = sum((part**2).sum() for part in parameters.values())
    return squares


def evaluate(
    function: Callable[[torch.Tensor], torch.Tensor], features: Any, at_once: int = 1000
) -> NDArray[np.float64]:
    """Return ``function`` of all rows of ``features`` in float64, of some rows at once to save memory."""
    import torch

    at_once = min(at_once, max(1, MOST_AT_ONCE // dense_size(1, features)))

    def block(first: int) -> torch.Tensor:
        return function(torch.as_tensor(dense(features[first : first + at_once]), dtype=torch.float64))

    with torch.no_grad():
        values: NDArray[np.float64] = torch.cat(
            [block(first) for first in range(0, features.shape[0], at_once)]
        ).numpy()
    return values


def predictions(
    scores: Callable[[torch.Tensor], torch.Tensor], samples: Samples, at_once: int = 1000
) -> NDArray[np.int64]:
    """Return the class with the highest score of every row."""
    return evaluate(scores, samples.features, at_once).argmax(axis=1)
