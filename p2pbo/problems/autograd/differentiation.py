"""Derivatives of a torch loss at rows (x, y): rows become tensors on a device, and gradients become rows again.

Rows are those of all hosted nodes, or one node's entries. They live on the host, where messages are made.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.backends import cuda, mha

from p2pbo.arrays import Rows
from p2pbo.errors import InputError

Function = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""A function (x, y) ↦ a scalar."""

Measured = Callable[[Hashable], AbstractContextManager[None]]
"""A context that adds the cost of what is done inside, of some kind, to a node's or all nodes' oracles."""

NO_SECOND_DERIVATIVES_REMEDY = (
    "use operations with second derivatives, or a method that needs none, such as dsgda-gt"
)


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


SWITCHES: tuple[tuple[Callable[[], bool], Callable[[bool], None], bool], ...] = (
    (cuda.flash_sdp_enabled, cuda.enable_flash_sdp, False),
    (cuda.mem_efficient_sdp_enabled, cuda.enable_mem_efficient_sdp, False),
    (cuda.cudnn_sdp_enabled, cuda.enable_cudnn_sdp, False),
    (cuda.math_sdp_enabled, cuda.enable_math_sdp, True),
    (mha.get_fastpath_enabled, mha.set_fastpath_enabled, False),
)
"""Kernels of attention, and which are switched on: only the mathematical one has second derivatives."""


def recording() -> AbstractContextManager[None]:
    """Record gradients inside; it costs nothing where they are recorded already."""
    if torch.is_grad_enabled() and not torch.is_inference_mode_enabled():
        return nullcontext()
    return _recording()


@contextmanager
def _recording() -> Iterator[None]:
    with torch.inference_mode(False), torch.enable_grad():
        yield


def differentiable() -> AbstractContextManager[None]:
    """Record gradients inside, and compute attention by operations that can be differentiated twice.

    The same as ``torch.nn.attention.sdpa_kernel(MATH)`` inside of ``torch.enable_grad()``, in less time, since
    every oracle enters it.
    """
    return _Differentiable()


class _Differentiable(AbstractContextManager[None]):
    def __enter__(self) -> None:
        self._others = [(enable, wanted) for enabled, enable, wanted in SWITCHES if enabled() is not wanted]
        for enable, wanted in self._others:
            enable(wanted)
        self._recording = recording()
        self._recording.__enter__()

    def __exit__(self, *error: object) -> None:
        self._recording.__exit__(None, None, None)
        for enable, wanted in self._others:
            enable(not wanted)


def gradients(
    what: str, f: Function, device: Device, x: Rows, y: Rows, measured: Measured
) -> tuple[Rows, Rows]:
    """Return (∇ₓf, ∇_y f) by one backward pass, whose cost is that of ``what``."""
    with measured(what), differentiable():
        point = device.point(x, y)
        fx, fy = torch.autograd.grad(f(*point), point, materialize_grads=True)
        return to_rows(fx), to_rows(fy)


class AutogradLower:
    """∇_y g with its graph kept, so that products cost one backward pass each."""

    def __init__(self, g: Function, device: Device, x: Rows, y: Rows, measured: Measured) -> None:
        self._g, self._device, self._measured = g, device, measured
        with measured("lower"), differentiable():
            self._x, self._y = device.point(x, y)
            (self._gradient,) = torch.autograd.grad(g(self._x, self._y), self._y, create_graph=True)
            self.gy: Rows = to_rows(self._gradient)

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

    def _product(self, V: Rows, *variables: torch.Tensor) -> list[Rows]:
        if not self._gradient.requires_grad:
            self._check_constant()  # g is linear in y and knows no x: both products vanish
            return [to_rows(torch.zeros_like(variable)) for variable in variables]
        with self._measured(("product", *(variable is self._x for variable in variables))), recording():
            products = torch.autograd.grad(
                self._gradient, variables, self._device.tensor(V), retain_graph=True, materialize_grads=True
            )
            return [to_rows(product) for product in products]

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
            raise InputError("the lower loss", cause, NO_SECOND_DERIVATIVES_REMEDY)
