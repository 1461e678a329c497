"""The kinds of arrays that all rooms speak of."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.floating[Any]]
"""Stacked rows, n×dim: one row a node or edge, float64 or float32."""

Vector = NDArray[np.floating[Any]]
"""One flat row of numbers: an x, y or z of no node or of any."""

IndexArray = NDArray[np.int64]
"""Whole numbers that point at entries of a row, samples or units."""

Wire = NDArray[np.uint8]
"""Payloads as they travel, n×bytes: one a row or edge, edge after edge."""


def distinct(values: IndexArray) -> IndexArray:
    """Return the distinct ones of ``values`` in their order.

    ``np.unique`` with nothing else to count imports numpy.ma, which every start would wait for.
    """
    return np.unique(values, return_counts=True)[0]
