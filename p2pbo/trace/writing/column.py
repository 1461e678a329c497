"""Columns of a trace: variables that grow by a row at a time.

h5py's ``resize`` and ``dataset[n] = value`` take 150 µs a variable, and a row of a trace has some twenty; the layer
below, which is used here, takes a tenth.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import h5py
import numpy as np
from h5py import h5s, h5t


class Column:
    """A variable over the unlimited dimension ``step`` and possibly others."""

    def __init__(self, dataset: h5py.Dataset) -> None:
        self._id = dataset.id
        self._dtype = dataset.dtype
        self._type = h5t.py_create(dataset.dtype)
        self._row_shape: tuple[int, ...] = dataset.shape[1:]
        self._row_space = h5s.create_simple((1, *self._row_shape))

    def write(self, row: int, value: Any) -> None:
        """Write ``value``, of the shape of a row, as row ``row`` and make it the last one."""
        values = np.ascontiguousarray(value, dtype=self._dtype).reshape(1, *self._row_shape)
        self.resize(row + 1)
        self._id.write(self._row_space, _last(row, self._row_shape), values, self._type)

    def resize(self, rows: int) -> None:
        """Give the column ``rows`` rows."""
        self._id.set_extent((rows, *self._row_shape))


@lru_cache(maxsize=4)  # all columns of a trace have one of two shapes
def _last(row: int, row_shape: tuple[int, ...]) -> h5s.SpaceID:
    """Return the selection of row ``row``, the last one of a column."""
    space = h5s.create_simple((row + 1, *row_shape))
    space.select_hyperslab((row, *(0 for _ in row_shape)), (1, *row_shape))
    return space
