"""netCDF-4 in plain HDF5: h5py data sets as dimensions and variables.

A dimension is a dimension scale with a number (``_Netcdf4Dimid``); one without coordinate values says so in
its NAME. A variable has its dimensions' scales attached (netCDF-4 format specification, appendix C of the
NetCDF User's Guide).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import h5py
import numpy as np
from numpy.typing import ArrayLike

from p2pbo.trace.attributes import attribute_for
from p2pbo.trace.schema import Field

NO_COORDINATE = "This is a netCDF dimension but not a netCDF variable."
CHUNK_BYTES = 16384
CHUNK_ROWS = 256


def set_attribute(file: h5py.File, name: str, value: Any) -> None:
    """Give a file an attribute of the schema.

    Raises:
        ValueError: the schema does not say what it means.
    """
    file.attrs[attribute_for(name).name] = value


def add_dimension(file: h5py.File, name: str, size: int) -> None:
    """Add a dimension without coordinate values to a file."""
    # the format wants a data set of the right length; none of its elements is ever written or stored
    scale = file.create_dataset(name, shape=(size,), dtype=">f4")
    _make_scale(file, scale, f"{NO_COORDINATE}{size:10d}")


def add_coordinate(file: h5py.File, field: Field, size: int | None) -> h5py.Dataset:
    """Add a dimension with coordinate values 0 … size − 1, or an empty unlimited one (None), and return it."""
    chunks = _chunks((), field.dtype) if size is None else None
    data = np.arange(size or 0, dtype=field.dtype)
    scale = file.create_dataset(field.name, data=data, chunks=chunks, maxshape=(size,))
    _make_scale(file, scale, field.name)
    _describe(scale, field)
    return scale


def add_variable(file: h5py.File, field: Field, dtype: Any) -> h5py.Dataset:
    """Add a variable over existing dimensions and return it; floats not written yet are NaN, integers 0."""
    scales = [file[name] for name in field.dims]
    shape = tuple(scale.shape[0] for scale in scales)
    maxshape = tuple(scale.maxshape[0] for scale in scales)
    variable = file.create_dataset(
        field.name,
        shape=shape,
        maxshape=maxshape,
        chunks=_chunks(shape[1:], dtype) if None in maxshape else None,
        dtype=dtype,
        fillvalue=np.nan if np.issubdtype(dtype, np.floating) else None,
    )
    for axis, scale in enumerate(scales):
        variable.dims[axis].attach_scale(scale)
    _describe(variable, field)
    return variable


def append_entries(file: h5py.File, coordinate: Field, entries: Mapping[Field, ArrayLike]) -> None:
    """Append entries to variables over an unlimited dimension and number them; all are added where it is missing."""
    if coordinate.name not in file:
        add_coordinate(file, coordinate, None)
        for field in entries:
            add_variable(file, field, field.dtype)
    first = len(file[coordinate.name])
    total = first + len(np.asarray(next(iter(entries.values()))))
    for field, values in {coordinate: np.arange(first, total), **entries}.items():
        file[field.name].resize(total, axis=0)
        file[field.name][first:] = values


def dimensions(dataset: h5py.Dataset) -> tuple[str, ...]:
    """Return the names of a variable's dimensions; a coordinate is its own dimension."""
    if dataset.is_scale:
        return (dataset.name.removeprefix("/"),)
    return tuple(axis[0].name.removeprefix("/") for axis in dataset.dims)


def _chunks(row: tuple[int, ...], dtype: Any) -> tuple[int, ...]:
    """Return the shape of a chunk of some rows, small since a flush rewrites the last chunk of each variable."""
    row_bytes = int(np.prod(row)) * np.dtype(dtype).itemsize
    return (max(1, min(CHUNK_ROWS, CHUNK_BYTES // max(1, row_bytes))), *(max(1, size) for size in row))


def _make_scale(file: h5py.File, scale: h5py.Dataset, label: str) -> None:
    number = sum("_Netcdf4Dimid" in dataset.attrs for dataset in file.values())
    scale.make_scale(label)
    scale.attrs["_Netcdf4Dimid"] = np.int32(number)


def _describe(dataset: h5py.Dataset, field: Field) -> None:
    dataset.attrs["units"] = field.units
    dataset.attrs["long_name"] = field.long_name
    if field.dims == ("edge",) and field.name not in ("edge", "edge_source", "edge_target"):
        dataset.attrs["coordinates"] = "edge_source edge_target"
