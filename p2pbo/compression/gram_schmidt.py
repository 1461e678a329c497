"""Orthonormal columns by Gram and Schmidt, with the same bits wherever they are computed.

Sums are numpy's own, of one column each, in an order that its length alone sets: no BLAS or LAPACK, whose bits depend
on the processor, its threads and how many columns there are.
"""

from __future__ import annotations

import numpy as np

from p2pbo.arrays import Rows
from p2pbo.randomness import Keys, branch, uniform

NEGLIGIBLE = 100
"""What is left of a column has so many ε of its length at most where it is rounding, and says nothing."""


def orthonormalize(columns: Rows, keys: Keys) -> None:
    """Make the columns of n matrices orthonormal, in place: n × columns × entries, no more columns than entries.

    A column that depends on those before it, or is zero, becomes a direction drawn from its matrix's key.
    """
    negligible = NEGLIGIBLE * np.finfo(columns.dtype).eps
    for k in range(columns.shape[1]):
        before, column = columns[:, :k], columns[:, k]
        largest = np.abs(column).max(axis=1, keepdims=True)
        column /= np.where(largest > 0, largest, 1)
        whole = _lengths(column)
        _project(column, before)
        lost = np.flatnonzero(~(_lengths(column) > negligible * whole)[:, 0])
        if len(lost):
            numbers = uniform(branch(keys[lost], k)[:, None], np.arange(columns.shape[2]))
            drawn = (numbers - 0.5).astype(columns.dtype)
            _project(drawn, before[lost])
            column[lost] = drawn
        column /= _lengths(column)


def _project(column: Rows, before: Rows) -> None:
    """Subtract what a column shares with those before it, in place; twice, since the first time leaves rounding."""
    for _ in range(2):
        for k in range(before.shape[1]):
            column -= (column * before[:, k]).sum(axis=1, keepdims=True) * before[:, k]


def _lengths(column: Rows) -> Rows:
    lengths: Rows = np.sqrt((column * column).sum(axis=1, keepdims=True))
    return lengths
