"""The writer: a file is claimed at the start, every logged row is flushed, the final state comes in blocks.

Default HDF5 format and no file lock, so other programs can read the file while a run writes it, and after the
run was killed: ``libver="latest"`` files that were not closed do not open again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

from p2pbo.errors import InputError
from p2pbo.trace.netcdf import add_coordinate, add_dimension, add_variable
from p2pbo.trace.provenance import provenance
from p2pbo.trace.reader import Trace
from p2pbo.trace.record import Header, Row
from p2pbo.trace.schema import SCHEMA, STEP, STEP_NODE, field_for
from p2pbo.trace.series import Series


class TraceWriter:
    """Writes one run's trace to ``path``, or keeps it in memory (``path=None``).

    Raises:
        InputError: ``path`` exists already or cannot be written.
    """

    def __init__(self, path: Path | None, header: Header) -> None:
        self._path = path
        if path is None:
            self._file = h5py.File(
                f"p2pbo trace {id(self)}", "w", driver="core", backing_store=False, track_order=True
            )
        else:
            _claim(path)
            self._file = h5py.File(path, "w", locking=False, track_order=True)
        self._nodes = header.nodes
        self._rows = 0
        self._series: dict[str, Series] = {}
        _write_header(self._file, header)
        self._file.flush()

    def append(self, row: Row) -> None:
        """Add one logged step and flush it; the first row fixes the fields.

        Raises:
            ValueError: the row has other fields than the first one.
        """
        values = {"step": row.step, **row.metrics, **row.node_metrics}
        if not self._series:
            self._series = self._add_series(row)
        if values.keys() != self._series.keys():
            other = ", ".join(sorted(values.keys() ^ self._series.keys()))
            raise ValueError(f"the row of step {row.step} differs from the first row in its fields: {other}")
        for name, series in self._series.items():
            series.write(self._rows, values[name])
        self._rows += 1
        self._file.flush()

    def edges(self, edge_bytes: NDArray[np.integer], edge_messages: NDArray[np.integer]) -> None:
        """What each directed edge has carried so far: payload bytes (E,) and messages (E,)."""
        for name, values in (("edge_bytes", edge_bytes), ("edge_messages", edge_messages)):
            self._variable(name, SCHEMA[name].dtype)[...] = values
        self._file.flush()

    def final(self, name: str, first_node: int, rows: NDArray[np.floating]) -> None:
        """A block (k, dim) of ``final_x``, ``final_y`` or ``final_z``: the rows of nodes first_node, …

        The first block fixes the type: a float32 state stays float32.
        """
        if rows.shape[0] + first_node > self._nodes:
            raise ValueError(f"{name} has rows for {self._nodes} nodes, not {first_node + rows.shape[0]}")
        self._variable(name, rows.dtype)[first_node : first_node + rows.shape[0]] = rows

    def total(self, name: str, value: int) -> None:
        """A figure of the whole run that is known at its end, as an attribute of the file."""
        self._file.attrs[name] = value

    def close(self, status: str) -> Trace:
        """Close with the exit status: ``completed``, ``interrupted`` or ``failed: …``; returns the reader."""
        for series in self._series.values():  # a row that an interrupt cut short is no row
            series.cut(self._rows)
        self._file.attrs["exit_status"] = status
        self._file.flush()
        image: bytes = b"" if self._path else self._file.id.get_file_image()
        self._file.close()
        return Trace(self._path or image)

    def _add_series(self, row: Row) -> dict[str, Series]:
        fields = [field_for(name, STEP, "float64") for name in row.metrics]
        fields += [
            field_for(name, STEP_NODE, np.asarray(v).dtype.str) for name, v in row.node_metrics.items()
        ]
        series = {field.name: Series(add_variable(self._file, field, field.dtype)) for field in fields}
        return {"step": Series(self._file["step"]), **series}

    def _variable(self, name: str, dtype: Any) -> h5py.Dataset:
        return self._file[name] if name in self._file else add_variable(self._file, SCHEMA[name], dtype)


def _claim(path: Path) -> None:
    """Make an empty file at ``path`` that is ours: of two runs that start together only one gets it."""
    if path.exists():
        raise InputError(f"{path}", "exists already", "choose another --out or remove it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(exist_ok=False)
    except OSError as error:
        cause = f"cannot be written ({error.strerror}: {error.filename})"
        raise InputError(f"{path}", cause, "choose another --out") from None


def _write_header(file: h5py.File, header: Header) -> None:
    attributes: Mapping[str, Any] = {
        **provenance(),
        **header.attributes,
        "description": json.dumps(header.description),
        "exit_status": "running",
    }
    for name, value in attributes.items():
        file.attrs[name] = int(value) if isinstance(value, bool) else value  # netCDF has no booleans
    add_coordinate(file, SCHEMA["step"], None)
    add_coordinate(file, SCHEMA["node"], header.nodes)
    add_coordinate(file, SCHEMA["edge"], len(header.edge_codec))
    for name, size in (("x_dim", header.dim_x), ("y_dim", header.dim_y), ("z_dim", header.dim_z)):
        if size:
            add_dimension(file, name, size)
    _write_edges(file, "edge_source", header.edge_source, "int64")
    _write_edges(file, "edge_target", header.edge_target, "int64")
    _write_edges(file, "edge_codec", list(header.edge_codec), h5py.string_dtype())


def _write_edges(file: h5py.File, name: str, values: ArrayLike, dtype: Any) -> None:
    variable = add_variable(file, SCHEMA[name], dtype)
    if variable.size:
        variable[...] = values
