"""The oracles at one point, at which they are asked on several batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from p2pbo.arrays import Rows
from p2pbo.problems.node_data import Batch

if TYPE_CHECKING:
    from p2pbo.problems.oracles import Lower, Oracles


class PointOracles:
    """The oracles at (X, Y), rows that stay as they are meanwhile.

    ∇_y g is evaluated once where successive uses share a batch, and what X and Y say alone once for all batches.
    """

    def __init__(self, oracles: Oracles, X: Rows, Y: Rows) -> None:
        self.oracles, self.X, self.Y = oracles, X, Y
        self._last: tuple[Batch, Lower] | None = None

    def upper(self, batch: Batch) -> tuple[Rows, Rows]:
        """Return (fx, fy) on ``batch``."""
        return self.oracles.upper(self.X, self.Y, batch)

    def lower(self, batch: Batch) -> Lower:
        """Return ∇_y g on ``batch``."""
        if self._last is None or self._last[0] is not batch:
            self._last = batch, self.evaluated(batch)
        return self._last[1]

    def evaluated(self, batch: Batch) -> Lower:
        """Evaluate ∇_y g on ``batch``."""
        return self.oracles.lower(self.X, self.Y, batch)
