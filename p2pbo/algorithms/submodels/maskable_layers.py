"""Maskable layers: what x and y are made of, units that a node may keep or leave out.

Networks have layers of their own (:class:`~p2pbo.problems.Units`); a flat vector is one layer of contiguous groups of
equal size, and any variable may be taken as one layer whose units are its entries.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import IndexArray, Rows
from p2pbo.errors import InputError
from p2pbo.problems import ParameterSlice, Problem, Units

KeptUnits = Mapping[str, IndexArray]
"""The units that are kept, by layer, ascending."""


class MaskableVariable(ABC):
    """A variable, and the ``layers`` whose units its entries belong to, with their numbers of units."""

    layers: Mapping[str, int]

    @abstractmethod
    def cut(self, chosen: KeptUnits) -> ParameterSlice:
        """Return the entries that belong to the chosen units."""

    @abstractmethod
    def magnitudes(self, row: Rows) -> dict[str, NDArray[np.floating]]:
        """Return Σ|w| over each unit's own entries, for those layers that have any in this variable."""


class GroupedVector(MaskableVariable):
    """A flat vector as contiguous groups of equal size; entries that are left over are always kept."""

    def __init__(self, variable: str, dim: int, groups: int) -> None:
        self._variable, self._dim = variable, dim
        self._size = max(1, dim // groups)
        self._units = dim // self._size
        self.layers = {variable: self._units}

    def cut(self, chosen: KeptUnits) -> ParameterSlice:
        """Return the entries of the chosen groups, and those that are left over."""
        inside = chosen[self._variable][:, None] * self._size + np.arange(self._size)
        return ParameterSlice(
            np.concatenate([inside.ravel(), np.arange(self._units * self._size, self._dim)])
        )

    def magnitudes(self, row: Rows) -> dict[str, NDArray[np.floating]]:
        """Return Σ|w| over each group."""
        grouped = np.abs(row[: self._units * self._size]).reshape(self._units, self._size)
        return {self._variable: grouped.sum(axis=1)}


class NetworkTensors(MaskableVariable):
    """Named tensors of a network, cut along their layers' units."""

    def __init__(
        self, variable: str, shapes: Mapping[str, tuple[int, ...]], units: Units, cuttable: list[str]
    ) -> None:
        self._variable, self._shapes, self._units = variable, shapes, units
        self._axes = units.x if variable == "x" else units.y
        counted = {layer for axes in self._axes.values() for layer in axes}
        self.layers = {layer: units.counts[layer] for layer in cuttable if layer in counted}

    def cut(self, chosen: KeptUnits) -> ParameterSlice:
        """Return the entries of every tensor that chosen units put out, from chosen units of the layer before."""
        return self._units.slice(
            self._variable, self._shapes, {layer: chosen[layer] for layer in self.layers}
        )

    def magnitudes(self, row: Rows) -> dict[str, NDArray[np.floating]]:
        """Return Σ|w| over the tensors whose first axis counts the layer's units: what leads into them."""
        found: dict[str, NDArray[np.floating]] = {}
        first = 0
        for name, shape in self._shapes.items():
            last = first + int(np.prod(shape))
            layer = self._axes.get(name, (None,))[0]
            if layer is not None and layer in self.layers:
                own = np.abs(row[first:last]).reshape(self.layers[layer], -1).sum(axis=1)
                found[layer] = found.get(layer, 0) + own
            first = last
        return found


def maskable_variables(
    problem: Problem, masked: str, structure: str, groups: int
) -> dict[str, MaskableVariable]:
    """Return what the masked variables are made of, by variable.

    Raises:
        InputError: a variable's tensors have no units that could be left out.
    """
    if structure == "entries":
        return {v: GroupedVector(v, problem.size(v), problem.size(v)) for v in masked}
    parameters = {"x": problem.x, "y": problem.y}
    found: dict[str, MaskableVariable] = {}
    for variable in masked:
        shapes, units = parameters[variable].shapes, problem.units
        if shapes is None:
            found[variable] = GroupedVector(variable, problem.size(variable), groups)
            continue
        maskable = (
            NetworkTensors(variable, shapes, units, units.layers(masked)) if units is not None else None
        )
        if maskable is None or not maskable.layers:
            raise InputError(
                f"{variable} of problem {problem.name}",
                f"has no units that could be left out of its tensors ({', '.join(shapes)})",
                f"set structure=entries, or masked={'y' if variable == 'x' else 'x'}",
            )
        found[variable] = maskable
    return found
