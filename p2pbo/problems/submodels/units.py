"""Units of a network's layers (outputs, channels), and the slices of x and y when only some are kept.

A layer's weight is cut to the kept outputs × the kept inputs, its bias to the kept outputs, so that the kept units
are a narrower network (HeteroFL: Diao 2021, FedRolex: Alam 2022).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from math import prod

import numpy as np

from p2pbo.arrays import IndexArray
from p2pbo.errors import InputError
from p2pbo.problems.parameter_slice import ParameterSlice

TensorShapes = Mapping[str, tuple[int, ...]]
"""The shapes of a variable's tensors, by name."""

Axes = tuple[str | None, ...]
"""The layer whose units each axis of a tensor counts; None: the axis stays whole."""


@dataclass(frozen=True)
class Units:
    """The units of layers that the entries of x and y belong to.

    An axis of length m·count has m places for each unit, all of a unit's in a row: a flattened map has its channels
    one after another, and channel u has the places u·m … u·m + m − 1. Tensors that are not named stay whole.

    Attributes:
        counts: how many units each layer has.
        x, y: the axes of the tensors of x and of y, by name.
    """

    counts: Mapping[str, int]
    x: Mapping[str, Axes]
    y: Mapping[str, Axes]

    def layers(self, masked: str) -> list[str]:
        """Return the layers that can be cut when only the variables in ``masked`` ("x", "y" or "xy") may be cut."""
        kept = [self.axes(variable) for variable in "xy" if variable not in masked]
        needed = {layer for tensors in kept for axes in tensors.values() for layer in axes}
        return [layer for layer in self.counts if layer not in needed]

    def slice(self, variable: str, shapes: TensorShapes, chosen: Mapping[str, IndexArray]) -> ParameterSlice:
        """Return the slice of ``variable``, of tensors of these ``shapes``, when layers keep their ``chosen`` units.

        ``chosen`` holds ascending numbers; layers that it does not name stay whole.
        """
        axes, first, parts, smaller = self.axes(variable), 0, [], {}
        for name, shape in shapes.items():
            places = self._places(first, shape, axes.get(name, (None,) * len(shape)), chosen)
            parts.append(places.ravel())
            smaller[name] = places.shape
            first += prod(shape)
        return ParameterSlice(np.concatenate(parts), smaller)

    def check(self, variable: str, shapes: TensorShapes | None) -> None:
        """Check the axes against the shapes of the tensors of ``variable``; None: it is flat.

        Raises:
            InputError: there is no such tensor or layer, or an axis is not so many times as long as there are units.
        """
        for name, axes in self.axes(variable).items():
            subject = f"units of {variable}[{name!r}]"
            if shapes is None or name not in shapes:
                known = f"has {', '.join(shapes)}" if shapes else "is flat"
                raise InputError(subject, f"name no tensor: {variable} {known}", "name its tensors")
            if len(axes) != len(shapes[name]):
                remedy = "give one layer, or None, for each axis"
                raise InputError(subject, f"have {len(axes)} axes, its shape is {shapes[name]}", remedy)
            for layer, length in zip(axes, shapes[name], strict=True):
                if layer is not None and (layer not in self.counts or length % self.counts[layer]):
                    cause = (
                        f"put {self.counts.get(layer, 'no')} units of {layer} on an axis of length {length}"
                    )
                    raise InputError(subject, cause, "give a count in counts= that divides the length")

    def axes(self, variable: str) -> Mapping[str, Axes]:
        """Return the axes of the tensors of x or of y."""
        return self.x if variable == "x" else self.y

    def _places(
        self, first: int, shape: tuple[int, ...], axes: Axes, chosen: Mapping[str, IndexArray]
    ) -> IndexArray:
        """Return positions of the kept entries, shaped as the smaller tensor: first + Σ over axes of index · stride."""
        strides = [prod(shape[axis + 1 :]) for axis in range(len(shape))]
        kept = [self._kept(length, layer, chosen) for length, layer in zip(shape, axes, strict=True)]
        steps = [stride * index for stride, index in zip(strides, kept, strict=True)]
        return reduce(np.add.outer, steps, np.array(first))

    def _kept(self, length: int, layer: str | None, chosen: Mapping[str, IndexArray]) -> IndexArray:
        if layer is None or layer not in chosen:
            return np.arange(length)
        places = length // self.counts[layer]
        return np.add.outer(places * chosen[layer], np.arange(places)).ravel()
