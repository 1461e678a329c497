"""Four blocks of convolution, normalisation, ReLU and pooling: few-shot learning's common backbone (Vinyals 2016)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from p2pbo.problems.networks.backbone import Backbone, chain
from p2pbo.problems.networks.maps import filtered, halved

if TYPE_CHECKING:
    import torch

    from p2pbo.problems.networks.backbone import Tensors


def conv4(shape: tuple[int, int, int], width: int) -> Backbone:
    """Return a backbone of four blocks with ``width`` 3×3 filters each, for images (channels, height, width).

    Raises:
        InputError: the images are smaller than 16×16.
    """
    height, breadth = halved("conv4", shape, 4)
    blocks = [f"conv{number}" for number in range(1, 5)]
    inputs = [shape[0], width, width, width]

    def represent(x: Tensors, rows: torch.Tensor) -> torch.Tensor:
        from torch.nn import functional

        maps = rows.reshape(-1, *shape)
        for block in blocks:
            maps = functional.max_pool2d(filtered(x, block, maps).relu(), 2)
        return maps.flatten(1)

    layers = {block: (width, channels, 3, 3) for block, channels in zip(blocks, inputs, strict=True)}
    return Backbone(layers, width * height * breadth, represent, chain(layers))
