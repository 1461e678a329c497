"""W times a stack of rows, into memory that nobody refers to any more.

For large rows the pages of a new array cost as much as the product; so the arrays of the last rounds serve again,
but only once the rows that were handed out of them are gone. Who keeps rows keeps their memory too.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.floating[Any]]

WIDE = 8192
"""Columns from which numpy's matmul is faster than its dot; below, dot has the smaller overhead."""

HELD = 2
"""Results that are held: one may still be in use while the next is made."""


def _unused(results: list[Rows], unshared: int) -> Rows | None:
    """Return a result that only the list refers to, if there is one."""
    for result in results:
        if sys.getrefcount(result) == unshared:
            return result
    return None


def _references_of_an_unused_result() -> int:
    """Return how sys.getrefcount counts in the loop above: interpreters differ in the references that they add."""
    return next(count for count in range(1, 10) if _unused([np.empty(1)], count) is not None)


UNSHARED = _references_of_an_unused_result()


class Mixer:
    """S ↦ W S for stacks of ``width`` columns; W is dense or CSR, hosted×(hosted + ghosts).

    ``W`` may be replaced by another of that shape and form.
    """

    def __init__(self, W: Any, width: int) -> None:
        self.W = W
        self._dense = isinstance(W, np.ndarray)
        self._product: Any = np.dot if width < WIDE else np.matmul
        self._results: list[Rows] = []

    def __call__(self, stack: Rows) -> Rows:
        """Return W S."""
        if not self._dense:
            return self.W @ stack
        unused = _unused(self._results, UNSHARED)
        if unused is not None:
            return self._product(self.W, stack, out=unused)
        result = self._product(self.W, stack)
        self._results = [result, *self._results[: HELD - 1]]
        return result
