"""Rows: the arrays that nodes' vectors are stacked in."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.floating[Any]]
"""n×dim, one row a node or edge, float64 or float32."""
