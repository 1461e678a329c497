"""Derivatives of a torch loss at a point (x, y), and the modes of torch in which they are computed.

Rows are those of all hosted nodes, or one node's entries.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch.backends import cuda, mha

from p2pbo.arrays import Rows
from p2pbo.errors import InputError
from p2pbo.problems.autograd.device import Device, to_rows

Function = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""A function (x, y) ↦ a scalar."""

Measured = Callable[[Hashable], AbstractContextManager[None]]
"""A context that adds the cost of what is done inside, of some kind, to a node's or all nodes' oracles."""

NO_SECOND_DERIVATIVES_REMEDY = (
    "use operations with second derivatives, or a method that needs none, such as rafbo"
)

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


def gradients(f: Function, device: Device, x: Rows, y: Rows, measured: Measured) -> tuple[Rows, Rows]:
    """Return (∇ₓf, ∇_y f) by one backward pass."""
    with measured("upper"), differentiable():
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
