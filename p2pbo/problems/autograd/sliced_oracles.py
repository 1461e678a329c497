"""Submodels by automatic differentiation: each node's losses on tensors as small as its slices say.

A node differentiates by the entries of its slices alone, one node after another, so that its seconds are its own. The
results are those of :class:`~p2pbo.problems.submodels.masked_oracles.MaskedOracles` wherever a network whose left-out
units are zero computes what the narrower one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from p2pbo.arrays import Rows
from p2pbo.problems.autograd.differentiation import AutogradLower, Device, Function, Measured, gradients
from p2pbo.problems.autograd.stacking import HostedLoss, TorchLosses
from p2pbo.problems.flat_variable import FlatVariable, unflatten
from p2pbo.problems.node_data import Batch, sample_indices
from p2pbo.problems.oracle_cost import OracleCost
from p2pbo.problems.oracles import Oracles
from p2pbo.problems.parameter_slice import ParameterSlice, Submodel
from p2pbo.problems.submodels.masked_oracles import MaskedOracles


class SlicedVariable:
    """The hosted nodes' slices of one variable."""

    def __init__(self, variable: FlatVariable, slices: Sequence[ParameterSlice]) -> None:
        self._variable, self._slices = variable, slices

    def of(self, rows: Rows, node: int) -> Rows:
        """Return the node's entries of its row."""
        return rows[node, self._slices[node].entries]

    def shapes(self, node: int) -> tuple[tuple[int, ...], ...] | None:
        """Return the shapes of the node's smaller tensors; None: the full ones."""
        smaller = self._slices[node].shapes
        return None if smaller is None else tuple(smaller.values())

    def shaped(self, entries: torch.Tensor, node: int) -> Any:
        """Return what the node's losses get: smaller tensors, or full ones with zeros."""
        own = self._slices[node]
        if own.shapes is not None:
            return self._variable.whole(unflatten(entries, own.shapes))
        places = torch.as_tensor(own.entries, device=entries.device)
        return self._variable.unflatten(entries.new_zeros(self._variable.size).index_put((places,), entries))

    def rows(self, entries: Iterable[Rows], dtype: np.dtype[Any]) -> Rows:
        """Return full rows from the nodes' entries, zero elsewhere."""
        full = np.zeros((len(self._slices), self._variable.size), dtype)
        for row, own, values in zip(full, self._slices, entries, strict=True):
            row[own.entries] = values
        return full


class SlicedOracles(MaskedOracles):
    """The hosted nodes' oracles of their submodels, on smaller tensors."""

    cost: OracleCost

    def __init__(
        self, full: Oracles, losses: TorchLosses, cost: OracleCost, submodels: Sequence[Submodel]
    ) -> None:
        super().__init__(full, submodels)
        self._f, self._g, self._device, self.cost = losses.upper, losses.lower, losses.device, cost
        self._variables = SlicedVariable(self._f.x, self._x), SlicedVariable(self._f.y, self._y)
        self._hosted = range(len(submodels))

    def upper(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return (fx, fy), one backward pass a node."""
        return self._gradients("upper", self._f, X, Y, batch)

    def lower(self, X: Rows, Y: Rows, batch: Batch) -> SlicedLower:
        """Return ∇_y g of each node with its graph."""
        nodes = [AutogradLower(*self._at_node(self._g, X, Y, node, batch)) for node in self._hosted]
        return SlicedLower(nodes, *self._variables)

    def lower_gradients(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return (gx, gy), one backward pass a node."""
        return self._gradients("lower gradients", self._g, X, Y, batch)

    def _gradients(self, what: str, loss: HostedLoss, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        found = [gradients(what, *self._at_node(loss, X, Y, node, batch)) for node in self._hosted]
        (by_x, by_y), (x, y) = zip(*found, strict=True), self._variables
        return x.rows(by_x, X.dtype), y.rows(by_y, Y.dtype)

    def _at_node(
        self, loss: HostedLoss, X: Rows, Y: Rows, node: int, batch: Batch
    ) -> tuple[Function, Device, Rows, Rows, Measured]:
        """Return a node's loss as a function of the entries of its slices, and what else its derivatives ask for."""
        x, y = self._variables

        def value(own_x: torch.Tensor, own_y: torch.Tensor) -> torch.Tensor:
            return loss.of_node(node, x.shaped(own_x, node), y.shaped(own_y, node), batch)

        drawn = sample_indices(batch)
        rows = ("node", node) if drawn is None else ("rows", drawn.shape[1])
        shapes = (rows, x.shapes(node), y.shapes(node))
        return value, self._device, x.of(X, node), y.of(Y, node), partial(self.cost.measured, node, shapes)


class SlicedLower:
    """∇_y g of each node, and its products, in full rows."""

    def __init__(self, nodes: Sequence[AutogradLower], x: SlicedVariable, y: SlicedVariable) -> None:
        self._nodes, self._x, self._y = nodes, x, y
        self.gy: Rows = y.rows([lower.gy for lower in nodes], nodes[0].gy.dtype)

    def products(self, V: Rows) -> tuple[Rows, Rows]:
        """Return (hyy(v), hxy(v))."""
        found = [lower.products(self._y.of(V, node)) for node, lower in enumerate(self._nodes)]
        hyy, hxy = zip(*found, strict=True)
        return self._y.rows(hyy, V.dtype), self._x.rows(hxy, V.dtype)

    def hyy(self, V: Rows) -> Rows:
        """Return ∇²_yy g v."""
        found = (lower.hyy(self._y.of(V, node)) for node, lower in enumerate(self._nodes))
        return self._y.rows(found, V.dtype)

    def hxy(self, V: Rows) -> Rows:
        """Return ∇ₓ⟨∇_y g, v⟩."""
        found = (lower.hxy(self._y.of(V, node)) for node, lower in enumerate(self._nodes))
        return self._x.rows(found, V.dtype)
