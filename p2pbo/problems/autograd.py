"""Oracles by automatic differentiation: any two torch losses, one differentiable evaluation of ∇_y g a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from p2pbo.errors import InputError
from p2pbo.problems.losses import leaves
from p2pbo.problems.oracles import Batch, Oracles, Rows

if TYPE_CHECKING:
    from p2pbo.problems.losses import Loss, Losses, Structure

Tensor = torch.Tensor


def sample_count(structure: Structure, owner: str) -> int:
    """Length of the first dimension, the same for every tensor of the structure.

    Raises:
        InputError: there are no tensors, no samples, or different counts.
    """
    counts: set[int] = set()
    leaves(structure, lambda leaf: counts.add(len(leaf) if leaf.ndim else 0))
    if len(counts) != 1 or 0 in counts:
        raise InputError(
            owner, f"has tensors of {sorted(counts)} samples", "give all the same count, at least 1"
        )
    return counts.pop()


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        cause = f"cannot be used ({str(error).splitlines()[0]})"
        raise InputError(f"device {name}", cause, "use --device cpu, or cuda where there is a GPU") from None
    return device


class AutogradLower:
    """∇_y g of each hosted node with its graph kept, so that products cost one backward pass each."""

    def __init__(self, oracles: AutogradOracles, X: Rows, Y: Rows, batch: Batch) -> None:
        self._oracles = oracles
        self._points = [oracles.point(X, Y, row) for row in range(len(X))]
        self._gradients = [
            torch.autograd.grad(oracles.loss("lower", row, *point, batch), point[1], create_graph=True)[0]
            for row, point in enumerate(self._points)
        ]
        self.gy: Rows = oracles.stack([gradient.detach() for gradient in self._gradients])

    def products(self, V: Rows) -> tuple[Rows, Rows]:
        """(hyy(v), hxy(v)): one vector-Jacobian product of ∇_y g gives both."""
        columns = [self._product(row, V[row], point) for row, point in enumerate(self._points)]
        hxy, hyy = zip(*columns, strict=True)
        return self._oracles.stack(hyy), self._oracles.stack(hxy)

    def hyy(self, V: Rows) -> Rows:
        """∇²_yy g v."""
        return self._oracles.stack(
            [self._product(row, V[row], point[1:])[0] for row, point in enumerate(self._points)]
        )

    def hxy(self, V: Rows) -> Rows:
        """∇ₓ⟨∇_y g, v⟩."""
        return self._oracles.stack(
            [self._product(row, V[row], point[:1])[0] for row, point in enumerate(self._points)]
        )

    def _product(self, row: int, v: Rows, with_respect_to: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        gradient = self._gradients[row]
        if not gradient.requires_grad:  # g is linear in y and knows no x: both products vanish
            return tuple(torch.zeros_like(variable) for variable in with_respect_to)
        return torch.autograd.grad(
            gradient, with_respect_to, self._oracles.tensor(v), retain_graph=True, materialize_grads=True
        )


class AutogradOracles(Oracles):
    """The hosted nodes' oracles from the problem's two torch losses.

    Rows live on the host, where messages are made; losses and data live on ``device``.
    """

    def __init__(self, losses: Losses, nodes: range, dtype: np.dtype[Any], device: str) -> None:
        self._losses = losses
        self._device = _device(device)
        self._dtype = torch.float64 if dtype == np.float64 else torch.float32
        self._data = {
            "upper": [leaves(losses.nodes[i].upper, self._place) for i in nodes],
            "lower": [leaves(losses.nodes[i].lower, self._place) for i in nodes],
        }
        self.upper_samples, self.lower_samples = (
            np.array(
                [sample_count(held, f"{side} data of node {i}") for i, held in zip(nodes, data, strict=True)]
            )
            for side, data in self._data.items()
        )

    def upper(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """(fx, fy) by one backward pass a node."""
        gradients = []
        for row in range(len(X)):
            point = self.point(X, Y, row)
            loss = self.loss("upper", row, *point, batch)
            gradients.append(torch.autograd.grad(loss, point, materialize_grads=True))
        fx, fy = zip(*gradients, strict=True)
        return self.stack(fx), self.stack(fy)

    def lower(self, X: Rows, Y: Rows, batch: Batch) -> AutogradLower:
        """∇_y g with its graph."""
        return AutogradLower(self, X, Y, batch)

    def losses(self, X: Rows, Y: Rows) -> tuple[Rows, Rows]:
        """(f_i, g_i) over all samples."""
        with torch.no_grad():
            f, g = (
                np.array([float(self.loss(side, row, *self.point(X, Y, row), None)) for row in range(len(X))])
                for side in ("upper", "lower")
            )
        return f, g

    def loss(self, side: str, row: int, x: Tensor, y: Tensor, batch: Batch) -> Tensor:
        """f or g of one hosted node on its drawn samples.

        Raises:
            InputError: the loss is not a scalar.
        """
        held = self._data[side][row]
        if batch is not None:
            index = torch.as_tensor(batch[row], device=self._device)
            held = leaves(held, lambda leaf: leaf[index])
        function: Loss = getattr(self._losses, side)
        value = function(self._losses.x.unflatten(x), self._losses.y.unflatten(y), held)
        if not isinstance(value, Tensor) or value.ndim != 0:
            found = (
                f"has shape {tuple(value.shape)}"
                if isinstance(value, Tensor)
                else f"is a {type(value).__name__}"
            )
            raise InputError(f"the {side} loss", found, "return a scalar tensor: a mean over rows")
        return value

    def point(self, X: Rows, Y: Rows, row: int) -> tuple[Tensor, Tensor]:
        """(x, y) of one hosted node as differentiable leaves."""
        return self.tensor(X[row]).requires_grad_(), self.tensor(Y[row]).requires_grad_()

    def tensor(self, row: Rows) -> Tensor:
        """One row on the device; a copy, so that no graph can see a later change of the rows."""
        return torch.tensor(row, dtype=self._dtype, device=self._device)

    def stack(self, tensors: Any) -> Rows:
        """Tensors of the hosted nodes as rows."""
        stacked: Rows = torch.stack(list(tensors)).cpu().numpy()
        return stacked

    def _place(self, leaf: Any) -> Tensor:
        try:
            tensor = torch.as_tensor(leaf)
        except (TypeError, ValueError, RuntimeError):
            remedy = "give a tensor, or a tuple or dict of tensors"
            raise InputError("a node's data", f"holds a {type(leaf).__name__}", remedy) from None
        return tensor.to(self._device, self._dtype if tensor.is_floating_point() else None)
