"""The check that only finite numbers are sent."""

from __future__ import annotations

import numpy as np

from p2pbo.arrays import Rows


class NotFinite(ValueError):
    """A row cannot be sent: it has Inf, NaN, or a number too large for its codec, in what would be sent.

    Attributes:
        row: its place in the stack.
        variable: x, y or z, where that is known.
    """

    def __init__(self, row: int) -> None:
        super().__init__(f"row {row} has Inf, NaN or a number too large for its codec in what would be sent")
        self.row, self.variable = row, ""


def require_finite(sent: Rows, below: float = np.inf) -> None:
    """Check that every number of ``sent`` (n×m) is finite, and smaller in magnitude than ``below``.

    Raises:
        NotFinite: one is not; names the first such row.
    """
    largest = np.maximum(sent.max(axis=1), -sent.min(axis=1))
    refused = np.flatnonzero(~(largest < below))  # NaN is smaller than nothing
    if len(refused):
        raise NotFinite(int(refused[0]))
