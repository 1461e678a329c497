"""A variable that grows by one row at a time.

h5py's ``resize`` and ``dataset[n] = value`` cost 150 µs a variable, a row of a trace has some twenty: so this
speaks to the layer below, which costs a tenth.
"""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np


class Series:
    """One variable over the unlimited dimension ``step`` and possibly others."""

    def __init__(self, dataset: h5py.Dataset) -> None:
        self._id = dataset.id
        self._dtype = dataset.dtype
        self._row_shape: tuple[int, ...] = dataset.shape[1:]
        self._row_space = h5py.h5s.create_simple((1, *self._row_shape))
        self._origin = (0,) * len(self._row_shape)

    def write(self, row: int, value: Any) -> None:
        """Let row ``row`` be the last one and hold ``value``, whose shape is that of one row."""
        values = np.ascontiguousarray(value, dtype=self._dtype).reshape(1, *self._row_shape)
        self.cut(row + 1)
        place = self._id.get_space()
        place.select_hyperslab((row, *self._origin), values.shape)
        self._id.write(self._row_space, place, values)

    def cut(self, rows: int) -> None:
        """Give the variable ``rows`` rows."""
        self._id.set_extent((rows, *self._row_shape))
