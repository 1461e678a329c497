"""Submodels by automatic differentiation: each node's losses on tensors as small as its cuts say.

A node differentiates by the entries of its cuts alone, one node after another, so that its seconds are its own. The
results are those of :class:`~p2pbo.problems.submodels.masked_oracles.ZeroFilled` wherever a network whose left-out
units are zero computes what the narrower one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from p2pbo.problems.autograd.device import Place
from p2pbo.problems.autograd.differentiation import AutogradLower, Function, Measured, gradients
from p2pbo.problems.autograd.stacking import HostedLoss
from p2pbo.problems.oracle_cost import Work
from p2pbo.problems.oracles import Batch, Oracles, Rows, indices
from p2pbo.problems.parameters import Parameters, unflatten
from p2pbo.problems.submodels.masked_oracles import ZeroFilled
from p2pbo.problems.submodels.parameter_slice import Cut, Submodel


class Parts:
    """The hosted nodes' parts of one variable."""

    def __init__(self, parameters: Parameters, cuts: Sequence[Cut]) -> None:
        self._parameters, self.cuts = parameters, cuts

    def of(self, rows: Rows, node: int) -> Rows:
        """Return the node's entries of its row."""
        return rows[node, self.cuts[node].entries]

    def shapes(self, node: int) -> tuple[tuple[int, ...], ...] | None:
        """Return those of the node's smaller tensors; None: the full ones."""
        smaller = self.cuts[node].shapes
        return None if smaller is None else tuple(smaller.values())

    def shaped(self, entries: torch.Tensor, node: int) -> Any:
        """Return what the node's losses get: smaller tensors, or full ones with zeros."""
        cut = self.cuts[node]
        if cut.shapes is not None:
            return self._parameters.whole(unflatten(entries, cut.shapes))
        places = torch.as_tensor(cut.entries, device=entries.device)
        return self._parameters.unflatten(
            entries.new_zeros(self._parameters.size).index_put((places,), entries)
        )

    def rows(self, parts: Iterable[Rows], dtype: np.dtype[Any]) -> Rows:
        """Full rows from the nodes' entries, zero elsewhere."""
        full = np.zeros((len(self.cuts), self._parameters.size), dtype)
        for row, cut, part in zip(full, self.cuts, parts, strict=True):
            row[cut.entries] = part
        return full


class CutOracles(ZeroFilled):
    """The hosted nodes' oracles of their submodels, on smaller tensors."""

    work: Work

    def __init__(
        self,
        full: Oracles,
        losses: tuple[HostedLoss, HostedLoss],
        place: Place,
        work: Work,
        submodels: Sequence[Submodel],
    ) -> None:
        super().__init__(full, submodels)
        (self._f, self._g), self._place, self.work = losses, place, work
        self._parts = Parts(self._f.x, self._x), Parts(self._f.y, self._y)
        self._hosted = range(len(submodels))

    def upper(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return (fx, fy), one backward pass a node."""
        found = [gradients(*self._at_node(self._f, X, Y, node, batch)) for node in self._hosted]
        (fx, fy), (x, y) = zip(*found, strict=True), self._parts
        return x.rows(fx, X.dtype), y.rows(fy, Y.dtype)

    def lower(self, X: Rows, Y: Rows, batch: Batch) -> CutLower:
        """Return ∇_y g of each node with its graph."""
        nodes = [AutogradLower(*self._at_node(self._g, X, Y, node, batch)) for node in self._hosted]
        return CutLower(nodes, *self._parts)

    def _at_node(
        self, loss: HostedLoss, X: Rows, Y: Rows, node: int, batch: Batch
    ) -> tuple[Function, Place, Rows, Rows, Measured]:
        """Return a node's loss as a function of the entries of its cuts, and what else its derivatives ask for."""
        x, y = self._parts

        def value(own_x: torch.Tensor, own_y: torch.Tensor) -> torch.Tensor:
            return loss.of_node(node, x.shaped(own_x, node), y.shaped(own_y, node), batch)

        drawn = indices(batch)
        rows = ("node", node) if drawn is None else ("rows", drawn.shape[1])
        shapes = (rows, x.shapes(node), y.shapes(node))
        return value, self._place, x.of(X, node), y.of(Y, node), partial(self.work.measured, node, shapes)


class CutLower:
    """∇_y g of each node, and its products, in full rows."""

    def __init__(self, nodes: Sequence[AutogradLower], x: Parts, y: Parts) -> None:
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
