"""The nodes over which the rows of a trace average: all of them, unless some have failed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class AveragedNodes:
    """All nodes of a network.

    Args:
        nodes: their number, on all ranks.
    """

    def __init__(self, nodes: int) -> None:
        self._nodes = nodes

    @property
    def nodes(self) -> int:
        """Their number, on all ranks."""
        return self._nodes

    @property
    def hosted(self) -> slice | NDArray[np.bool_]:
        """Which of the hosted nodes are among them, as an index of rows."""
        return slice(None)

    def total(self, rows: NDArray[Any]) -> Any:
        """Return the sum of their rows, or numbers, given those of all hosted nodes."""
        return rows[self.hosted].sum(axis=0)
