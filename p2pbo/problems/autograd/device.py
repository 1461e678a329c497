"""The device on which losses are computed, and their precision; rows live on the host, where messages are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from p2pbo.arrays import Rows
from p2pbo.errors import InputError


@dataclass(frozen=True)
class Device:
    """A device of torch, and the precision in which losses are computed on it."""

    torch_device: torch.device
    dtype: torch.dtype

    @classmethod
    def of(cls, name: str, dtype: np.dtype[Any]) -> Device:
        """Return the device that a run's description names, with the precision of its rows.

        Raises:
            InputError: there is no such device here.
        """
        return cls(_torch_device(name), torch.float64 if dtype == np.float64 else torch.float32)

    @property
    def numpy_dtype(self) -> np.dtype[Any]:
        """The precision of rows."""
        return np.dtype(np.float64 if self.dtype == torch.float64 else np.float32)

    def point(self, x: Rows, y: Rows) -> tuple[torch.Tensor, torch.Tensor]:
        """Return x and y as tensors that a graph can be made of."""
        return self.tensor(x).requires_grad_(), self.tensor(y).requires_grad_()

    def tensor(self, rows: Rows) -> torch.Tensor:
        """Return rows as a tensor on the device.

        On the host they share memory: nobody writes to rows while a graph of them lives. torch takes no read-only
        memory.
        """
        return torch.as_tensor(np.require(rows, requirements="W"), dtype=self.dtype, device=self.torch_device)

    def move(self, leaf: Any, owner: str = "a node's data") -> torch.Tensor:
        """Return one tensor of a node's data on the device; only floating-point numbers take the run's precision.

        Raises:
            InputError: it is no tensor, or not a dense one; names its ``owner``.
        """
        try:
            tensor = torch.as_tensor(leaf).detach()
        except (TypeError, ValueError, RuntimeError):
            raise _refused(owner, leaf) from None
        if tensor.layout != torch.strided or tensor.is_nested or isinstance(leaf, np.ma.MaskedArray):
            raise _refused(owner, leaf)
        moved = tensor.to(self.torch_device, self.dtype if tensor.is_floating_point() else None)
        return (
            moved.clone() if moved.is_inference() else moved
        )  # no graph can keep one made in inference mode


def to_rows(gradient: torch.Tensor) -> Rows:
    """Return a gradient as rows of its own: autograd may hand out one tensor twice, or a single number spread wide."""
    rows: Rows = gradient.detach().cpu().clone(memory_format=torch.contiguous_format).numpy()
    return rows


def _refused(owner: str, leaf: Any) -> InputError:
    if hasattr(leaf, "toarray"):
        return InputError(
            owner, f"holds a sparse {type(leaf).__name__}", "give its .toarray(), if that fits in memory"
        )
    if isinstance(leaf, torch.Tensor):
        kind = "nested" if leaf.is_nested else str(leaf.layout).removeprefix("torch.")
        return InputError(owner, f"holds a {kind} tensor", "give a dense one, such as its .to_dense()")
    return InputError(owner, f"holds a {type(leaf).__name__}", "give a tensor, or a tuple or dict of tensors")


def _torch_device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        cause = f"cannot be used ({str(error).splitlines()[0]})"
        raise InputError(f"device {name}", cause, "use --device cpu, or cuda where there is a GPU") from None
    return device
