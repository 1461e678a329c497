"""Parts of a variable: the entries of its flat row that a node of limited capacity works on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Cut:
    """One node's part of one variable.

    Attributes:
        entries: positions in the flat row, ascending.
        shapes: of the smaller tensors that the entries fill, by name, row-major, in the order of the variable's own
            shapes; None: the variable keeps its shapes, and the rest of the row is zero.
    """

    entries: Index
    shapes: dict[str, tuple[int, ...]] | None = None


Submodel = tuple[Cut, Cut]
"""One node's part of x and of y."""
