"""Oracles by automatic differentiation: any two torch losses, one differentiable evaluation of ∇_y g.

All hosted nodes share one graph, made of the sum of their losses (:mod:`p2pbo.problems.stacking`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from p2pbo.errors import InputError
from p2pbo.problems.losses import leaves
from p2pbo.problems.oracles import Batch, Oracles, Rows
from p2pbo.problems.stacking import HostedLoss, HostedSamples

if TYPE_CHECKING:
    from p2pbo.problems.losses import Losses

Tensor = torch.Tensor


@dataclass(frozen=True)
class Place:
    """Where losses are computed and in which precision; rows live on the host, where messages are made."""

    device: torch.device
    dtype: torch.dtype

    def variable(self, rows: Rows) -> Tensor:
        """Rows that a graph can be made of."""
        return self.tensor(rows).requires_grad_()

    def tensor(self, rows: Rows) -> Tensor:
        """Rows where losses are computed.

        On the host they share memory: nobody writes to rows while a graph of them lives, and rows that a live graph
        refers to are not reused (see :mod:`p2pbo.network.mixing`). torch takes no read-only memory.
        """
        return torch.as_tensor(np.require(rows, requirements="W"), dtype=self.dtype, device=self.device)

    def data(self, leaf: Any) -> Tensor:
        """One tensor of a node's data; only floating-point numbers take the run's precision."""
        try:
            tensor = torch.as_tensor(leaf)
        except (TypeError, ValueError, RuntimeError):
            remedy = "give a tensor, or a tuple or dict of tensors"
            raise InputError("a node's data", f"holds a {type(leaf).__name__}", remedy) from None
        return tensor.to(self.device, self.dtype if tensor.is_floating_point() else None)


def _rows(gradient: Tensor) -> Rows:
    """A gradient as rows of its own: autograd may hand out one tensor twice, or a single number spread wide."""
    rows: Rows = gradient.detach().cpu().clone(memory_format=torch.contiguous_format).numpy()
    return rows


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        cause = f"cannot be used ({str(error).splitlines()[0]})"
        raise InputError(f"device {name}", cause, "use --device cpu, or cuda where there is a GPU") from None
    return device


class AutogradLower:
    """∇_y g of the hosted nodes with its graph kept, so that products cost one backward pass each."""

    def __init__(self, loss: HostedLoss, place: Place, X: Rows, Y: Rows, batch: Batch) -> None:
        self._place, self._x, self._y = place, place.variable(X), place.variable(Y)
        g = loss(self._x, self._y, batch)
        (self._gradient,) = torch.autograd.grad(g, self._y, create_graph=True)
        self.gy: Rows = _rows(self._gradient)

    def products(self, V: Rows) -> tuple[Rows, Rows]:
        """(hyy(v), hxy(v)): one vector-Jacobian product of ∇_y g gives both."""
        hyy, hxy = self._product(V, self._y, self._x)
        return hyy, hxy

    def hyy(self, V: Rows) -> Rows:
        """∇²_yy g v."""
        return self._product(V, self._y)[0]

    def hxy(self, V: Rows) -> Rows:
        """∇ₓ⟨∇_y g, v⟩."""
        return self._product(V, self._x)[0]

    def _product(self, V: Rows, *variables: Tensor) -> list[Rows]:
        if not self._gradient.requires_grad:  # g is linear in y and knows no x: both products vanish
            return [_rows(torch.zeros_like(variable)) for variable in variables]
        products = torch.autograd.grad(
            self._gradient, variables, self._place.tensor(V), retain_graph=True, materialize_grads=True
        )
        return [_rows(product) for product in products]


class AutogradOracles(Oracles):
    """The hosted nodes' oracles from the problem's two torch losses."""

    def __init__(self, losses: Losses, nodes: range, dtype: np.dtype[Any], device: str) -> None:
        self._place = Place(_device(device), torch.float64 if dtype == np.float64 else torch.float32)
        self._f, self._g = (self._hosted(losses, side, nodes) for side in ("upper", "lower"))
        self.upper_samples, self.lower_samples = self._f.samples.counts, self._g.samples.counts

    def _hosted(self, losses: Losses, side: str, nodes: range) -> HostedLoss:
        data = [leaves(getattr(losses.nodes[i], side), self._place.data) for i in nodes]
        samples = HostedSamples(data, [f"{side} data of node {i}" for i in nodes])
        return HostedLoss(side, getattr(losses, side), losses.x, losses.y, samples)

    def upper(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """(fx, fy) by one backward pass."""
        point = self._place.variable(X), self._place.variable(Y)
        fx, fy = torch.autograd.grad(self._f(*point, batch), point, materialize_grads=True)
        return _rows(fx), _rows(fy)

    def lower(self, X: Rows, Y: Rows, batch: Batch) -> AutogradLower:
        """∇_y g with its graph."""
        return AutogradLower(self._g, self._place, X, Y, batch)

    def losses(self, X: Rows, Y: Rows) -> tuple[Rows, Rows]:
        """(f_i, g_i) over all samples, one node after another: all samples at once may not fit in memory."""
        point = self._place.tensor(X), self._place.tensor(Y)
        with torch.no_grad():
            f, g = (
                np.array([float(v) for v in loss.one_by_one(*point, None)]) for loss in (self._f, self._g)
            )
        return f, g
