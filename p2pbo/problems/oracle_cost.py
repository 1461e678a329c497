"""What the hosted nodes' oracles have cost so far: floating-point operations and seconds."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from time import perf_counter

import numpy as np


class Work:
    """Cumulative cost of each hosted node: ``flops`` (int64) and ``seconds`` (float64, wall time).

    An operation is one multiplication or addition of a matrix product or a convolution; nothing else is counted, and
    these only while ``counting`` is True. It takes some milliseconds an oracle, which ``seconds`` then includes; where
    the work is ``steady``, the same for the same shapes whatever the data, what has been counted once is known.
    """

    def __init__(self, hosted: int, steady: bool = True) -> None:
        self.flops, self.seconds = np.zeros(hosted, np.int64), np.zeros(hosted)
        self.counting = False
        self._steady = steady
        self._counted: dict[Hashable, int] = {}

    @contextmanager
    def measured(self, node: int | None, shapes: Hashable, what: Hashable) -> Iterator[None]:
        """Adds what is done inside to ``node``, or in equal parts to all hosted nodes, whose stacked work it is.

        ``what`` is done on tensors of these ``shapes``.
        """
        doers = slice(None) if node is None else slice(node, node + 1)
        sharers, began = len(self.seconds[doers]), perf_counter()
        if self.counting and (shapes, what) not in self._counted:
            from p2pbo.problems.flops import counter

            with counter() as counted:
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
    def aside(self) -> Iterator[None]:
        """What is done inside is no part of the method's work, such as logging."""
        before, counting = (self.flops.copy(), self.seconds.copy()), self.counting
        self.counting = False
        try:
            yield
        finally:
            self.counting = counting
            self.flops[:], self.seconds[:] = before
