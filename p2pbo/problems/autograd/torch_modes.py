"""The modes in which torch evaluates losses, whatever modes it was in before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch.backends import cuda, mha

SWITCHES: tuple[tuple[Callable[[], bool], Callable[[bool], None], bool], ...] = (
    (cuda.flash_sdp_enabled, cuda.enable_flash_sdp, False),
    (cuda.mem_efficient_sdp_enabled, cuda.enable_mem_efficient_sdp, False),
    (cuda.cudnn_sdp_enabled, cuda.enable_cudnn_sdp, False),
    (cuda.math_sdp_enabled, cuda.enable_math_sdp, True),
    (mha.get_fastpath_enabled, mha.set_fastpath_enabled, False),
)
"""Kernels of attention (on any device) and what each is to be: only the mathematical one has second derivatives."""


def recording() -> AbstractContextManager[None]:
    """Inside, gradients are recorded; it costs nothing where they are already."""
    if torch.is_grad_enabled() and not torch.is_inference_mode_enabled():
        return nullcontext()
    return _recording()


@contextmanager
def _recording() -> Iterator[None]:
    with torch.inference_mode(False), torch.enable_grad():
        yield


def differentiable() -> AbstractContextManager[None]:
    """Inside, gradients are recorded, and attention is computed by operations that can be differentiated twice.

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
