"""What all networks share: named layers, how they start, and what they make of many rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.data import Samples
from p2pbo.memory import require_memory
from p2pbo.problems.design_matrix import dense, dense_size
from p2pbo.problems.submodels.units import Axes, Units

if TYPE_CHECKING:
    import torch

    Tensors = Mapping[str, torch.Tensor]

Layers = Mapping[str, tuple[int, ...]]
"""Each layer's shape of weights, (outputs, inputs, …); it has as many biases as outputs."""


Wiring = Mapping[str, tuple[str | None, str | None]]
"""Each layer's outputs and inputs: the names of the units that they are; None: features or classes."""

MOST_AT_ONCE = 2**27
"""Bytes of dense rows that are evaluated together."""

HEAD = "output"
"""The linear layer behind a backbone."""


@dataclass(frozen=True)
class Backbone:
    """``represent`` maps (parameters, rows × features) to rows × ``width``; ``wiring`` includes the layer behind it."""

    layers: Layers
    width: int
    represent: Callable[[Tensors, torch.Tensor], torch.Tensor]
    wiring: Wiring

    def head(self, classes: int) -> Layers:
        """Return the linear layer from the representation to one score a class."""
        return {HEAD: (classes, self.width)}

    def units(self, x: Mapping[str, Any], y: Mapping[str, Any]) -> Units | None:
        """The units of x and y, tensors by name; None: the network has none. Tensors of no layer stay whole."""
        counts = {own: self.layers[layer][0] for layer, (own, _) in self.wiring.items() if own is not None}
        return Units(counts, self._axes(x), self._axes(y)) if counts else None

    def _axes(self, tensors: Mapping[str, Any]) -> dict[str, Axes]:
        """Return (outputs, inputs, None, …) of a weight, (outputs,) of a bias."""
        layers = {name: name.rpartition(".")[0] for name in tensors}
        return {
            name: (*self.wiring[layer], None, None)[: np.ndim(tensors[name])]
            for name, layer in layers.items()
            if layer in self.wiring
        }

    def scores(self, parameters: Tensors, rows: torch.Tensor) -> torch.Tensor:
        """Return the whole network: rows × classes."""
        return affine(parameters, HEAD, self.represent(parameters, rows))


def chain(layers: Layers) -> Wiring:
    """Layers one after another and the head behind them: the inputs of each are the outputs of the one before."""
    names, outputs, inputs = [*layers, HEAD], [*layers, None], [None, *layers]
    return dict(zip(names, zip(outputs, inputs, strict=True), strict=True))


def affine(parameters: Tensors, layer: str, rows: torch.Tensor) -> torch.Tensor:
    """Return a linear layer: rows × outputs."""
    from torch.nn import functional

    return functional.linear(rows, parameters[f"{layer}.weight"], parameters[f"{layer}.bias"])


def start(layers: Layers, draw: np.random.Generator) -> dict[str, NDArray[np.float64]]:
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
    """Return Σ of the squares of all entries."""
    squares: Any = sum((part**2).sum() for part in parameters.values())
    return squares


def evaluate(
    function: Callable[[torch.Tensor], torch.Tensor], features: Any, at_once: int = 1000
) -> NDArray[np.float64]:
    """Return what ``function`` makes of all rows of ``features``; float64, some rows at once to save memory."""
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
