"""The contents of an open trace file.

h5py takes 75 µs to make an object of a variable and 350 µs to look up the names of two dimensions; with some thirty
variables in a file that is too long where a thousand traces are read. So dimensions come from the schema, and
questions to many variables go to the layer below h5py's objects.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

import h5py
import numpy as np
from h5py import h5d, h5s
from numpy.typing import NDArray

from p2pbo.trace.schema import SCHEMA, Field, field_for, lower_level_of
from p2pbo.trace.storage.netcdf import dimensions

WITHOUT_COORDINATES = {dim for field in SCHEMA.values() for dim in field.dims} - SCHEMA.keys()
"""The dimensions without coordinate values: x_dim, y_dim, z_dim, u_dim."""


class Contents:
    """The contents of an open trace file, as it is now."""

    def __init__(self, file: h5py.File) -> None:
        self._file = file

    @cached_property
    def names(self) -> list[str]:
        """All variables, in the order of their creation."""
        return [name for name in self._file if name not in WITHOUT_COORDINATES]

    @cached_property
    def logged(self) -> dict[str, h5d.DatasetID]:
        """The variables with a row for each logged step; ``step`` is the first."""
        candidates = [name for name in self.names if name not in SCHEMA or SCHEMA[name].dims[0] == "step"]
        opened = {name: self._variable(name) for name in candidates}
        return {name: variable for name, variable in opened.items() if name in SCHEMA or _grows(variable)}

    @cached_property
    def rows(self) -> int:
        """The rows that every logged variable has; a writer may be in the middle of the next one."""
        rows: int = min(variable.shape[0] for variable in self.logged.values())
        return rows

    @property
    def nodes(self) -> int:
        """The number of nodes K."""
        nodes: int = self._variable("node").shape[0]
        return nodes

    @property
    def attributes(self) -> dict[str, Any]:
        """The file's attributes as plain values."""
        return {name: self.attribute(name) for name in self._file.attrs}

    def attribute(self, name: str) -> Any:
        """Return an attribute of the file as a plain value or list; None where there is none."""
        value = self._file.attrs.get(name)
        return value.tolist() if isinstance(value, (np.generic, np.ndarray)) else value

    @property
    def description(self) -> dict[str, Any]:
        """The resolved description of the run."""
        described: dict[str, Any] = json.loads(self._file.attrs["description"])
        return described

    def field(self, name: str) -> Field:
        """Return the dimensions, unit and meaning of a variable."""
        if name in SCHEMA:
            return SCHEMA[name].on(lower_level_of(self.description))
        variable = self._file[name]
        return field_for(name, dimensions(variable), variable.dtype.str)

    def values(self, name: str) -> NDArray[Any]:
        """Return a variable as a new array."""
        if name in self.logged:
            variable = self.logged[name]
            out = np.empty((self.rows, *variable.shape[1:]), variable.dtype)
            self.fill(name, out)
            return out
        variable = self._file[name]
        if h5py.check_string_dtype(variable.dtype):
            return np.array(variable.asstr()[...], dtype=str)
        array: NDArray[Any] = variable[...]
        return array

    def fill(self, name: str, out: NDArray[Any]) -> None:
        """Fill the contiguous array ``out`` with the first rows of a logged variable, converted to its type."""
        if out.size:
            variable = self._variable(name)
            place = variable.get_space()
            place.select_hyperslab((0,) * out.ndim, out.shape)
            variable.read(h5s.create_simple(out.shape), place, out)

    def _variable(self, name: str) -> h5d.DatasetID:
        return h5d.open(self._file.id, name.encode())


def _grows(variable: h5d.DatasetID) -> bool:
    """Tell whether the first dimension of a variable is unlimited, as only ``step`` is."""
    limits: tuple[int, ...] = variable.get_space().get_simple_extent_dims(True)
    return limits[:1] == (h5s.UNLIMITED,)
