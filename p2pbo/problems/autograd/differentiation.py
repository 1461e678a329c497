"""Derivatives of a torch loss at a point (x, y): stacked rows of all hosted nodes, or one node's entries."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager

import torch

from p2pbo.errors import InputError
from p2pbo.problems.autograd.device import Place, Tensor, rows_of
from p2pbo.problems.autograd.torch_modes import differentiable, recording
from p2pbo.problems.oracles import Rows

Function = Callable[[Tensor, Tensor], Tensor]
"""(x, y) ↦ a scalar."""

Measured = Callable[[Hashable], AbstractContextManager[None]]
"""Adds what is done inside, of some kind, to somebody's :class:`~p2pbo.problems.oracle_cost.Work`."""

TWICE = "use operations with second derivatives, or a method that needs none, such as rafbo"
"""The remedy."""


def gradients(f: Function, place: Place, x: Rows, y: Rows, measured: Measured) -> tuple[Rows, Rows]:
    """Return (∇ₓf, ∇_y f) by one backward pass."""
    with measured("upper"), differentiable():
        point = place.variable(x), place.variable(y)
        fx, fy = torch.autograd.grad(f(*point), point, materialize_grads=True)
        return rows_of(fx), rows_of(fy)


class AutogradLower:
    """∇_y g with its graph kept, so that products cost one backward pass each."""

    def __init__(self, g: Function, place: Place, x: Rows, y: Rows, measured: Measured) -> None:
        self._g, self._place, self._measured = g, place, measured
        with measured("lower"), differentiable():
            self._x, self._y = place.variable(x), place.variable(y)
            (self._gradient,) = torch.autograd.grad(g(self._x, self._y), self._y, create_graph=True)
            self.gy: Rows = rows_of(self._gradient)

    def products(self, V: Rows) -> tuple[Rows, Rows]:
        """Return (hyy(v), hxy(v)): one vector-Jacobian product of ∇_y g gives both."""
        hyy, hxy = self._product(V, self._y, self._x)
        return hyy, hxy

    def hyy(self, V: Rows) -> Rows:
        """Return ∇²_yy g v."""
        return self._product(V, self._y)[0]

    def hxy(self, V: Rows) -> Rows:
        """Return ∇ₓ⟨∇_y g, v⟩."""
        return self._product(V, self._x)[0]

    def _product(self, V: Rows, *variables: Tensor) -> list[Rows]:
        if not self._gradient.requires_grad:
            self._check_constant()  # g is linear in y and knows no x: both products vanish
            return [rows_of(torch.zeros_like(variable)) for variable in variables]
        with self._measured(("product", *(variable is self._x for variable in variables))), recording():
            products = torch.autograd.grad(
                self._gradient, variables, self._place.tensor(V), retain_graph=True, materialize_grads=True
            )
            return [rows_of(product) for product in products]

    def _check_constant(self) -> None:
        """Check that a gradient without a graph is the same elsewhere.

        Raises:
            InputError: it is not: the graph was lost.
        """
        with differentiable():
            x, y = ((1.01 * point.detach() + 0.01).requires_grad_() for point in (self._x, self._y))
            (elsewhere,) = torch.autograd.grad(self._g(x, y), y, materialize_grads=True)
        moved, most = (elsewhere - self._gradient).abs().max(), self._gradient.abs().max()
        if moved > 1e4 * torch.finfo(y.dtype).eps * most:
            cause = "cannot be differentiated twice: torch loses how its gradient by y changes with x or y"
            raise InputError("the lower loss", cause, TWICE)
