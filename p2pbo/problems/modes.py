"""The modes in which torch evaluates losses, whatever modes it was in before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

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


@contextmanager
def differentiable() -> Iterator[None]:
    """Gradients are recorded, and attention is computed by operations that can be differentiated twice.

    The same as ``torch.nn.attention.sdpa_kernel(MATH)`` inside of ``torch.enable_grad()``, in a third of the time.
    """
    before = [enabled() for enabled, _, _ in SWITCHES]
    try:
        for _, enable, wanted in SWITCHES:
            enable(wanted)
        with torch.inference_mode(False), torch.enable_grad():
            yield
    finally:
        for (_, enable, _), was in zip(SWITCHES, before, strict=True):
            enable(was)
