"""A variable that grows by one row at a time.

h5py's ``resize`` and ``dataset[n] = value`` cost 150 µs a variable, a row of a trace has some twenty: so this
speaks to the layer below, which costs a tenth.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import h5py
import numpy as np
from h5py import h5s, h5t


class Series:
    """One variable over the unlimited dimension ``step`` and possibly others."""

    def __init__(self, dataset: h5py.Dataset) -> None:
        self._id = dataset.id
        self._dtype = dataset.dtype
        self._type = h5t.py_create(dataset.dtype)
        self._row_shape: tuple[int, ...] = dataset.shape[1:]
        self._row_space = h5s.create_simple((1, *self._row_shape))

    def write(self, row: int, value: Any) -> None:
        """Let row ``row`` be the last one and hold ``value``, whose shape is that of one row."""
        values = np.ascontiguousarray(value, dtype=self._dtype).reshape(1, *self._row_shape)
        self.cut(row + 1)
        self._id.write(self._row_space, _last(row, self._row_shape), values, self._type)

    def cut(self, rows: int) -> None:
        """Give the variable ``rows`` rows."""
        self._id.set_extent((rows, *self._row_shape))


@lru_cache(maxsize=4)  # all series of a trace have one of two shapes
def _last(row: int, row_shape: tuple[int, ...]) -> h5s.SpaceID:
    """Row ``row`` of as many and one."""
    place = h5s.create_simple((row + 1, *row_shape))
    place.select_hyperslab((row, *(0 for _ in row_shape)), (1, *row_shape))
    return place
