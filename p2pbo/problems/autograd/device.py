"""Where losses are computed and in which precision; rows live on the host, where messages are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from p2pbo.errors import InputError
from p2pbo.problems.oracles import Rows

Tensor = torch.Tensor


@dataclass(frozen=True)
class Place:
    """A device and a precision."""

    device: torch.device
    dtype: torch.dtype

    @classmethod
    def of(cls, device: str, dtype: np.dtype[Any]) -> Place:
        """Return the place that a run's description names.

        Raises:
            InputError: there is no such device here.
        """
        return cls(_device(device), torch.float64 if dtype == np.float64 else torch.float32)

    @property
    def numpy(self) -> np.dtype[Any]:
        """The precision of rows."""
        return np.dtype(np.float64 if self.dtype == torch.float64 else np.float32)

    def variable(self, rows: Rows) -> Tensor:
        """Return rows that a graph can be made of."""
        return self.tensor(rows).requires_grad_()

    def tensor(self, rows: Rows) -> Tensor:
        """Return rows where losses are computed.

        On the host they share memory: nobody writes to rows while a graph of them lives, and rows that a live graph
        refers to are not reused (see :mod:`p2pbo.network.mixing.product`). torch takes no read-only memory.
        """
        return torch.as_tensor(np.require(rows, requirements="W"), dtype=self.dtype, device=self.device)

    def data(self, leaf: Any, owner: str = "a node's data") -> Tensor:
        """Return one tensor of a node's data; only floating-point numbers take the run's precision.

        Raises:
            InputError: it is no tensor, or not a dense one; names its ``owner``.
        """
        try:
            tensor = torch.as_tensor(leaf).detach()
        except (TypeError, ValueError, RuntimeError):
            raise _refused(owner, leaf) from None
        if tensor.layout != torch.strided or tensor.is_nested or isinstance(leaf, np.ma.MaskedArray):
            raise _refused(owner, leaf)
        placed = tensor.to(self.device, self.dtype if tensor.is_floating_point() else None)
        return (
            placed.clone() if placed.is_inference() else placed
        )  # no graph can keep one made in inference mode


def _refused(owner: str, leaf: Any) -> InputError:
    if hasattr(leaf, "toarray"):
        return InputError(
            owner, f"holds a sparse {type(leaf).__name__}", "give its .toarray(), if that fits in memory"
        )
    if isinstance(leaf, torch.Tensor):
        kind = "nested" if leaf.is_nested else str(leaf.layout).removeprefix("torch.")
        return InputError(owner, f"holds a {kind} tensor", "give a dense one, such as its .to_dense()")
    return InputError(owner, f"holds a {type(leaf).__name__}", "give a tensor, or a tuple or dict of tensors")


def rows_of(gradient: Tensor) -> Rows:
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
