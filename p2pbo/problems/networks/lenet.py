"""LeNet-5 (LeCun 1998)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from p2pbo.problems.networks.backbone import Backbone, affine, chain

if TYPE_CHECKING:
    import torch

    from p2pbo.problems.networks.backbone import Tensors


def lenet(shape: tuple[int, int, int]) -> Backbone:
    """Return LeNet-5 without its output layer, for images of ``shape`` (channels, height, width).

    Images smaller than 32×32 get a black border (28×28 as in LeCun 1998). Subsampling is a plain average.
    """
    border = [max(0, 32 - side) for side in shape[1:]]
    top, left = (size // 2 for size in border)
    padding = (left, border[1] - left, top, border[0] - top)
    height, width = (((max(32, side) - 4) // 2 - 4) // 2 for side in shape[1:])
    layers = {
        "conv1": (6, shape[0], 5, 5),
        "conv2": (16, 6, 5, 5),
        "hidden1": (120, 16 * height * width),
        "hidden2": (84, 120),
    }

    def represent(x: Tensors, rows: torch.Tensor) -> torch.Tensor:
        from torch.nn import functional

        maps = functional.pad(rows.reshape(-1, *shape), padding)
        for layer in ("conv1", "conv2"):
            filtered = functional.conv2d(maps, x[f"{layer}.weight"], x[f"{layer}.bias"])
            maps = functional.avg_pool2d(filtered.relu(), 2)
        return affine(x, "hidden2", affine(x, "hidden1", maps.flatten(1)).relu()).relu()

    return Backbone(layers, 84, represent, chain(layers))
