"""What the hosted nodes' oracles have cost so far: floating-point operations and seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

import numpy as np


class Work:
    """Cumulative cost of each hosted node: ``flops`` (int64) and ``seconds`` (float64, wall time).

    An operation is one multiplication or addition of a matrix product or a convolution; nothing else is counted, and
    these only while ``counting`` is True: it takes some milliseconds an oracle, which ``seconds`` then includes.
    """

    def __init__(self, hosted: int) -> None:
        self.flops, self.seconds = np.zeros(hosted, np.int64), np.zeros(hosted)
        self.counting = False

    @contextmanager
    def measured(self, node: int | None = None) -> Iterator[None]:
        """Adds what is done inside to ``node``, or in equal parts to all hosted nodes, whose stacked work it is."""
        doers = slice(None) if node is None else slice(node, node + 1)
        sharers, began = len(self.seconds[doers]), perf_counter()
        if self.counting:
            from p2pbo.problems.flops import counter

            with counter() as counted:
                yield
            self.flops[doers] += counted.get_total_flops() // sharers
        else:
            yield
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
