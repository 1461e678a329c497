"""Floating-point operations as torch counts them, with formulas of our own where one node's would not add up.

torch counts none for a matrix times a vector, and the weights' gradient of a convolution in n groups, which is what
stacked nodes' convolutions become, n times. Both derivatives of a convolution cost what the convolution does.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

Shape = Sequence[int]


def counter() -> FlopCounterMode:
    """Counts what is done inside of it."""
    return FlopCounterMode(display=False, custom_mapping=FORMULAS)


def _matrix_vector(matrix: Shape, vector: Shape, **_: Any) -> int:
    return 2 * prod(matrix)


def _convolution_derivatives(outputs: Shape, inputs: Shape, weight: Shape, *options: Any, **_: Any) -> int:
    *_rest, transposed, _padding, _groups, (of_inputs, of_weight, _of_bias) = options
    places = prod((inputs if transposed else outputs)[2:])
    convolution = 2 * inputs[0] * places * prod(weight)
    return convolution * (of_inputs + of_weight)


FORMULAS = {
    torch.ops.aten.mv: _matrix_vector,
    torch.ops.aten.convolution_backward: _convolution_derivatives,
}
