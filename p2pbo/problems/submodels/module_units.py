"""Units of modules that are chains: ``torch.nn.Sequential`` of layers, or single ones, each fed by the one before.

Units are the outputs of linear layers and the channels of convolutions; the next layer has them as its inputs, all
places of a channel one after another where maps are flattened. The chain of x goes on into that of y where the first
inputs of y are a multiple of the last outputs of x: then the losses are taken to feed y with what x gives. The
outputs of the last layer stay whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from typing import Any, NoReturn

from torch import nn

from p2pbo.errors import InputError
from p2pbo.problems.submodels.units import Axes, Units

UNITWISE: tuple[type[nn.Module], ...] = (
    *(nn.CELU, nn.ELU, nn.GELU, nn.Hardshrink, nn.Hardsigmoid, nn.Hardswish, nn.Hardtanh, nn.LeakyReLU),
    *(nn.LogSigmoid, nn.Mish, nn.ReLU, nn.ReLU6, nn.SELU, nn.SiLU, nn.Sigmoid, nn.Softplus, nn.Softshrink),
    *(nn.Softsign, nn.Tanh, nn.Tanhshrink, nn.Threshold),
    *(nn.AlphaDropout, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Identity),
)
"""Layers whose output of a unit depends on no other unit."""

POOLING: tuple[type[nn.Module], ...] = (
    *(nn.AvgPool1d, nn.AvgPool2d, nn.MaxPool1d, nn.MaxPool2d, nn.LPPool1d, nn.LPPool2d),
    *(nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d),
)


class UnitLayout(Enum):
    """The ways in which values between two layers hold units."""

    ROW = "one place each"
    MAPS = "maps"
    FLATTENED = "flattened maps"
    BETWEEN = "as the losses hand them from x to y"


def units_of(x: nn.Module | None = None, y: nn.Module | None = None) -> Units | None:
    """Return the units of the modules that x and y are; None: no layer's outputs are inputs of another.

    Raises:
        InputError: a layer's units cannot be told; names it.
    """
    chains = [list(_layers(name, "", module)) for name, module in (("x", x), ("y", y)) if module is not None]
    if len(chains) == 2 and _fit(*chains):
        chains = [chains[0] + chains[1]]
    counts: dict[str, int] = {}
    axes: dict[str, dict[str, Axes]] = {"x": {}, "y": {}}
    for chain in chains:
        UnitPropagation(chain, counts, axes).propagate()
    return Units(counts, axes["x"], axes["y"]) if counts else None


@dataclass(frozen=True)
class Layer:
    """One layer of a variable's module; ``path`` leads to it and ends with a dot, or is empty."""

    variable: str
    path: str
    module: Any

    @property
    def name(self) -> str:
        """The name of the layer's units, such as x0.1."""
        return f"{self.variable}0.{self.path}".rstrip(".")

    def refuse(self, cause: str) -> NoReturn:
        """Raise that the layer's units cannot be told, and why."""
        remedy = "give units=…, or cut single entries: structure=entries"
        raise InputError(f"{self.name} ({type(self.module).__name__})", cause, remedy)


def _layers(variable: str, path: str, module: nn.Module) -> Iterator[Layer]:
    if isinstance(module, nn.Sequential) and type(module).forward is nn.Sequential.forward:
        for key, child in module._modules.items():  # named_children() leaves out a layer's second time
            assert child is not None
            yield from _layers(variable, f"{path}{key}.", child)
    else:
        yield Layer(variable, path, module)


def _weighted(chain: list[Layer]) -> list[Layer]:
    """Return the layers that have units."""
    return [layer for layer in chain if type(layer.module) in WEIGHTED]


def _fit(x: list[Layer], y: list[Layer]) -> bool:
    """Tell whether what x gives can be what y takes."""
    given, taking = _weighted(x), _weighted(y)
    return bool(given and taking) and taking[0].module.weight.shape[1] % len(given[-1].module.weight) == 0


@dataclass
class UnitPropagation:
    """The units that values carry on their way through a chain; fills ``counts`` and ``axes`` by variable."""

    chain: list[Layer]
    counts: dict[str, int]
    axes: dict[str, dict[str, Axes]]
    carried: str | None = None  # the layer whose units they are; None: they are whole
    layout: UnitLayout = UnitLayout.ROW
    seen: set[tuple[str, int]] = field(default_factory=set)

    def propagate(self) -> None:
        """Go from the first layer to the last, whose outputs stay whole."""
        last = next(iter(reversed(_weighted(self.chain))), None)
        for before, layer in pairwise([self.chain[0], *self.chain]):
            if before.variable != layer.variable:
                self.layout = UnitLayout.BETWEEN
            self._parameters(layer)
            kind = type(layer.module)
            if kind in WEIGHTED:
                WEIGHTED[kind](self, layer)
                self._outputs(layer, layer is not last)
            elif kind in UNWEIGHTED:
                UNWEIGHTED[kind](self, layer)
            elif self.carried is not None or any(True for _ in layer.module.parameters()):
                layer.refuse("is no layer whose units are known")

    def _parameters(self, layer: Layer) -> None:
        named = dict(layer.module.named_parameters())
        if type(layer.module) in WEIGHTED and not set(named) <= {"weight", "bias"}:
            layer.refuse(f"has parameters of its own ({', '.join(sorted(named))})")
        if not all(parameter.requires_grad for parameter in named.values()):
            layer.refuse("has parameters that stay as they are (requires_grad is False)")
        for parameter in named.values():
            if (layer.variable, id(parameter)) in self.seen:
                layer.refuse("shares its parameters with another layer")
            self.seen.add((layer.variable, id(parameter)))

    def _outputs(self, layer: Layer, counted: bool) -> None:
        """Take the layer's outputs as the values from here on."""
        inputs, self.carried = self.carried, layer.name if counted else None
        if counted:
            self.counts[layer.name] = len(layer.module.weight)
        rest = (None,) * (layer.module.weight.ndim - 2)
        self._name(layer, "weight", (self.carried, inputs, *rest))
        self._name(layer, "bias", (self.carried,))

    def _name(self, layer: Layer, parameter: str, axes: Axes) -> None:
        if getattr(layer.module, parameter, None) is not None:
            self.axes[layer.variable][f"{layer.path}{parameter}"] = axes

    def _takes(self, layer: Layer, inputs: int, *layouts: UnitLayout) -> None:
        """Check that the layer's ``inputs`` are the units that values carry."""
        if self.carried is None:
            return
        count = self.counts[self.carried]
        if self.layout not in layouts:
            layer.refuse(
                f"does not take the {count} units of {self.carried} as they come ({self.layout.value})"
            )
        alone = self.layout in (UnitLayout.ROW, UnitLayout.MAPS)
        if inputs % count or (alone and inputs != count):
            layer.refuse(f"has {inputs} inputs for the {count} units of {self.carried}")

    def linear(self, layer: Layer) -> None:
        """Pass a linear layer, whose inputs lie in one row."""
        self._takes(layer, layer.module.in_features, UnitLayout.ROW, UnitLayout.FLATTENED, UnitLayout.BETWEEN)
        self.layout = UnitLayout.ROW

    def convolution(self, layer: Layer) -> None:
        """Pass a convolution, whose inputs are maps."""
        if layer.module.groups != 1:
            layer.refuse(f"has {layer.module.groups} groups of channels")
        self._takes(layer, layer.module.in_channels, UnitLayout.MAPS, UnitLayout.BETWEEN)
        self.layout = UnitLayout.MAPS

    def pooling(self, layer: Layer) -> None:
        """Pass a pooling, of each map alone."""
        if self.carried is not None and self.layout not in (UnitLayout.MAPS, UnitLayout.BETWEEN):
            layer.refuse(f"pools over the units of {self.carried}")

    def flatten(self, layer: Layer) -> None:
        """Pass a flattening, which puts all places of a channel in a row."""
        if self.carried is not None and (layer.module.start_dim, layer.module.end_dim) != (1, -1):
            layer.refuse("leaves some axes as they are")
        self.layout = UnitLayout.FLATTENED if self.layout is UnitLayout.MAPS else self.layout

    def normalised(self, layer: Layer) -> None:
        """Pass a normalisation of each channel alone, over the batch."""
        self._takes(layer, layer.module.num_features, *UnitLayout)
        self._name(layer, "weight", (self.carried,))
        self._name(layer, "bias", (self.carried,))

    def parametric(self, layer: Layer) -> None:
        """Pass a PReLU, with one slope for all or one for each unit."""
        if layer.module.num_parameters > 1:
            self._takes(layer, layer.module.num_parameters, *UnitLayout)
            self._name(layer, "weight", (self.carried,))

    def unitwise(self, layer: Layer) -> None:
        """Pass a layer that works on each unit alone."""


LayerRule = Callable[[UnitPropagation, Layer], None]

WEIGHTED: dict[type[nn.Module], LayerRule] = {
    nn.Linear: UnitPropagation.linear,
    nn.Conv1d: UnitPropagation.convolution,
    nn.Conv2d: UnitPropagation.convolution,
}

UNWEIGHTED: dict[type[nn.Module], LayerRule] = {
    **dict.fromkeys(UNITWISE, UnitPropagation.unitwise),
    **dict.fromkeys(POOLING, UnitPropagation.pooling),
    nn.Flatten: UnitPropagation.flatten,
    nn.BatchNorm1d: UnitPropagation.normalised,
    nn.BatchNorm2d: UnitPropagation.normalised,
    nn.PReLU: UnitPropagation.parametric,
}
