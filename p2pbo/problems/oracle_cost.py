"""The cost of the hosted nodes' oracles so far: floating-point operations and seconds.

torch counts no operations for a matrix times a vector, and the weights' gradient of a convolution in n groups, which
is what stacked nodes' convolutions become, n times; both have formulas of our own here. Both derivatives of a
convolution cost what the convolution does.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from math import prod
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from torch.utils.flop_counter import FlopCounterMode


class OracleCost:
    """Cumulative cost of each hosted node: ``flops`` (int64) and ``seconds`` (float64, wall time).

    An operation is one multiplication or addition of a matrix product or a convolution; nothing else is counted, and
    these only while ``counting`` is True. Counting takes some milliseconds an oracle, which ``seconds`` then includes;
    where the cost is ``steady``, the same for the same shapes whatever the data, what has been counted once is known.
    """

    def __init__(self, hosted: int, steady: bool = True) -> None:
        self.flops, self.seconds = np.zeros(hosted, np.int64), np.zeros(hosted)
        self.counting = False
        self._steady = steady
        self._counted: dict[Hashable, int] = {}

    def of(self, node: int) -> OracleCost:
        """Return the cost of one of the nodes, whose oracles are its own; this one has it, too."""
        own = OracleCost(1, self._steady)
        rows = slice(node, node + 1)
        own.flops, own.seconds, own.counting = self.flops[rows], self.seconds[rows], self.counting
        own._counted = self._counted
        return own

    @contextmanager
    def measured(self, node: int | None, shapes: Hashable, what: Hashable) -> Iterator[None]:
        """Add the cost of what is done inside to ``node``, or in equal parts to all hosted nodes (None).

        ``what`` is done on tensors of these ``shapes``.
        """
        doers = slice(None) if node is None else slice(node, node + 1)
        sharers, began = len(self.seconds[doers]), perf_counter()
        if self.counting and (shapes, what) not in self._counted:
            with flop_counter() as counted:
                yield
            flops = counted.get_total_flops()
            if self._steady:
                self._counted[shapes, what] = flops
        else:
            yield
            flops = self._counted.get((shapes, what), 0) if self.counting else 0
        self.flops[doers] += flops // sharers
        self.seconds[doers] += (perf_counter() - began) / sharers

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave out the cost of what is done inside, which is not the algorithm's, such as logging."""
        before, counting = (self.flops.copy(), self.seconds.copy()), self.counting
        self.counting = False
        try:
            yield
        finally:
            self.counting = counting
            self.flops[:], self.seconds[:] = before


def flop_counter() -> FlopCounterMode:
    """Return torch's counter of the operations that are done inside of it, with our formulas."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    formulas = {
        torch.ops.aten.mv: _matrix_vector,
        torch.ops.aten.convolution_backward: _convolution_derivatives,
    }
    return FlopCounterMode(display=False, custom_mapping=formulas)


def _matrix_vector(matrix: Sequence[int], vector: Sequence[int], **_: Any) -> int:
    return 2 * prod(matrix)


def _convolution_derivatives(
    outputs: Sequence[int], inputs: Sequence[int], weight: Sequence[int], *options: Any, **_: Any
) -> int:
    *_rest, transposed, _padding, _groups, (of_inputs, of_weight, _of_bias) = options
    places = prod((inputs if transposed else outputs)[2:])
    convolution = 2 * inputs[0] * places * prod(weight)
    return convolution * (of_inputs + of_weight)
