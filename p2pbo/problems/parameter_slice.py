"""Slices of parameters: the entries of a variable's flat row that a node of limited capacity works on."""

from __future__ import annotations

from dataclasses import dataclass

from p2pbo.arrays import IndexArray


@dataclass(frozen=True, eq=False)
class ParameterSlice:
    """One node's part of one variable.

    Attributes:
        entries: positions in the flat row, ascending.
        shapes: of the smaller tensors that the entries fill, by name, row-major, in the order of the variable's own
            shapes; None: the variable keeps its shapes, and the rest of the row is zero.
    """

    entries: IndexArray
    shapes: dict[str, tuple[int, ...]] | None = None


Submodel = tuple[ParameterSlice, ParameterSlice]
"""One node's part of x and of y."""
