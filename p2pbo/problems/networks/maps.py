"""Convolutions with maps normalised image by image, so that no image's representation depends on others.

m ← (m − mean m) / √(Σ_c var m_c + ε)          mean and var over an image's positions, c over its channels

A channel of zero weights and bias stays zero and leaves the others alone: a network with some channels masked
computes what the narrower one without them does. The shapes of the parameters alone say how wide it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from p2pbo.errors import InputError

if TYPE_CHECKING:
    import torch

    from p2pbo.problems.networks.backbone import Tensors

EPSILON = 1e-5


def filtered(x: Tensors, layer: str, maps: torch.Tensor) -> torch.Tensor:
    """Return a convolution to maps of the same size (odd filters), normalised, plus biases."""
    from torch.nn import functional

    weight = x[f"{layer}.weight"]
    convolved = functional.conv2d(maps, weight, padding=weight.shape[-1] // 2)
    return normalised(convolved) + x[f"{layer}.bias"][:, None, None]


def normalised(maps: torch.Tensor) -> torch.Tensor:
    """Return (m − mean m) / √(Σ_c var m_c + ε) of images × channels × height × width."""
    centred = maps - maps.mean((-2, -1), keepdim=True)
    variance = (centred**2).mean((-2, -1), keepdim=True).sum(-3, keepdim=True)
    return centred * (variance + EPSILON).rsqrt()


def halved(network: str, shape: tuple[int, int, int], times: int) -> tuple[int, int]:
    """Return height and width of images of ``shape`` after so many 2×2 poolings.

    Raises:
        InputError: nothing would be left.
    """
    _, height, width = shape
    if min(height, width) < 2**times:
        raise InputError(
            f"network {network}",
            f"needs images of {2**times} × {2**times} pixels or more, not {height} × {width}",
            "use larger images, such as data.size=28",
        )
    return height >> times, width >> times
