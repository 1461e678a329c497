"""ResNet-12: four residual blocks of three convolutions (He 2016, in the form of few-shot learning: Lee 2019)."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from p2pbo.problems.networks.backbone import HEAD_LAYER, Backbone
from p2pbo.problems.networks.maps import filtered, halved

if TYPE_CHECKING:
    import torch

    from p2pbo.problems.networks.backbone import Tensors, Wiring


def resnet12(shape: tuple[int, int, int], width: int) -> Backbone:
    """Return ResNet-12 with ``width`` channels in the last block, half as many in each before it; at least 1.

    For images of ``shape`` (channels, height, width). The representation is each channel's mean over positions.

    Raises:
        InputError: the images are smaller than 16×16.
    """
    halved("resnet12", shape, 4)
    blocks = [f"block{number}" for number in range(1, 5)]
    channels = [shape[0], *(max(1, width >> halvings) for halvings in (3, 2, 1, 0))]
    layers: dict[str, tuple[int, ...]] = {}
    for block, (inputs, outputs) in zip(blocks, pairwise(channels), strict=True):
        layers[f"{block}.conv1"] = (outputs, inputs, 3, 3)
        layers[f"{block}.conv2"] = layers[f"{block}.conv3"] = (outputs, outputs, 3, 3)
        layers[f"{block}.shortcut"] = (outputs, inputs, 1, 1)

    def represent(x: Tensors, rows: torch.Tensor) -> torch.Tensor:
        from torch.nn import functional

        maps = rows.reshape(-1, *shape)
        for block in blocks:
            maps = functional.max_pool2d(_residual(x, block, maps).relu(), 2)
        return maps.mean((-2, -1))

    return Backbone(layers, width, represent, _wiring(blocks))


def _residual(x: Tensors, block: str, maps: torch.Tensor) -> torch.Tensor:
    """Return the sum of three convolutions in a row and a 1×1 one beside them."""
    inner = filtered(x, f"{block}.conv1", maps).relu()
    inner = filtered(x, f"{block}.conv2", inner).relu()
    return filtered(x, f"{block}.conv3", inner) + filtered(x, f"{block}.shortcut", maps)


def _wiring(blocks: list[str]) -> Wiring:
    """Return the wiring; outputs that are added, of a block's third convolution and shortcut, are the same units."""
    wiring: dict[str, tuple[str | None, str | None]] = {}
    for before, block in zip([None, *blocks[:-1]], blocks, strict=True):
        wiring[f"{block}.conv1"] = (f"{block}.conv1", before)
        wiring[f"{block}.conv2"] = (f"{block}.conv2", f"{block}.conv1")
        wiring[f"{block}.conv3"] = (block, f"{block}.conv2")
        wiring[f"{block}.shortcut"] = (block, before)
    return wiring | {HEAD_LAYER: (None, blocks[-1])}
