"""The writer: a file is claimed at the start, every logged row is committed, the final state comes in blocks.

Default HDF5 format, so that other programs can read the file while a run writes it, and after the run was killed:
``libver="latest"`` files that were not closed do not open again. Nothing reaches the file but by its journal, so that
readers see whole rows, and what is committed stays readable whatever becomes of the process. Interrupts wait for the
end of a method: on their way through HDF5 they would be lost, or leave half a commit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

from p2pbo.errors import InputError
from p2pbo.interrupts import deferred
from p2pbo.trace.provenance import provenance
from p2pbo.trace.reading.multipart import absorb, later_parts
from p2pbo.trace.reading.reader import Trace
from p2pbo.trace.record import Header, Row
from p2pbo.trace.schema import SCHEMA, STEP, STEP_NODE, field_for
from p2pbo.trace.storage.failures import add_failures
from p2pbo.trace.storage.journal import journal_path
from p2pbo.trace.storage.journaled_file import JournaledFile
from p2pbo.trace.storage.netcdf import add_coordinate, add_dimension, add_variable
from p2pbo.trace.writing.column import Series
from p2pbo.trace.writing.truncate import check_resumable, cut_back


class TraceWriter:
    """Writes one run's trace to ``path``, or keeps it in memory (``path=None``).

    Raises:
        InputError: ``path`` or a later part of it exists already, or cannot be written.
        WriteError: the file cannot be written any more, here or in any method; what was committed is intact.
    """

    _series: dict[str, Series]
    _first: bool

    def __init__(self, path: Path | None, header: Header) -> None:
        if path is None:
            name = f"p2pbo trace {id(self)}"
            file = h5py.File(name, "w", driver="core", backing_store=False, track_order=True)
            self._hold(None, None, file)
        else:
            _claim(path)
            with _refusing(path):
                storage = JournaledFile(path)
            self._hold(path, storage, h5py.File(storage, "w", track_order=True))
        _write_header(self._file, header)
        self._commit()

    @classmethod
    def resume(cls, path: Path, step: int) -> TraceWriter:
        """Go on in the trace ``path`` behind the row of ``step``: what was logged later is cut off.

        The status is "running" again, the final state and the edges' counts are gone, later parts have become part of
        the file, and the attribute ``resumed_at`` has one more step.

        Raises:
            InputError: there is no trace, it has rows but none up to ``step``, or it cannot be written.
        """
        writer = cls.__new__(cls)
        check_resumable(path, step)
        with _refusing(path):
            absorb(path)
            storage = JournaledFile(path)
        writer._hold(path, storage, h5py.File(storage, "r+", track_order=True))
        writer._series = cut_back(writer._file, step)
        writer._rows = len(writer._file["step"])
        writer._commit()
        return writer

    @deferred()
    def describe(self, description: Mapping[str, Any]) -> None:
        """What is said of the run has changed: it has got more steps."""
        self._file.attrs["description"] = json.dumps(description)
        self._commit()

    @deferred()
    def append(self, row: Row) -> None:
        """Add one logged step and commit it; the first row fixes the fields.

        Fields that a trace of an older p2pbo lacks, in which a run goes on, are NaN or 0 in its earlier rows.

        Raises:
            ValueError: the row has other fields than the first one.
        """
        values = {"step": row.step, **row.metrics, **row.node_metrics}
        if self._first:
            self._series |= self._new_series(row)
            self._first = False
        if values.keys() != self._series.keys():
            other = ", ".join(sorted(values.keys() ^ self._series.keys()))
            raise ValueError(f"the row of step {row.step} differs from the first row in its fields: {other}")
        for name, series in self._series.items():
            series.write(self._rows, values[name])
        self._commit()
        self._rows += 1

    @deferred()
    def failure(self, step: int, nodes: Sequence[int], gap: float) -> None:
        """``nodes`` died in step ``step``; the survivors' graph has the spectral gap ``gap``."""
        count = len(nodes)
        add_failures(self._file, [step] * count, nodes, [gap] * count)
        self._commit()

    @deferred()
    def edges(self, edge_bytes: NDArray[np.integer], edge_messages: NDArray[np.integer]) -> None:
        """What each directed edge has carried so far: payload bytes (E,) and messages (E,)."""
        for name, values in (("edge_bytes", edge_bytes), ("edge_messages", edge_messages)):
            self._variable(name, SCHEMA[name].dtype)[...] = values
        self._commit()

    @deferred()
    def final(self, name: str, first_node: int, rows: NDArray[np.floating]) -> None:
        """A block (k, dim) of ``final_x``, ``final_y`` or ``final_z``: the rows of nodes first_node, …

        The first block fixes the type: a float32 state stays float32.
        """
        if rows.shape[0] + first_node > self._nodes:
            raise ValueError(f"{name} has rows for {self._nodes} nodes, not {first_node + rows.shape[0]}")
        self._variable(name, rows.dtype)[first_node : first_node + rows.shape[0]] = rows
        if self._storage is not None:
            self._storage.check()

    @deferred()
    def total(self, name: str, value: int) -> None:
        """A figure of the whole run that is known at its end, as an attribute of the file."""
        self._file.attrs[name] = value

    @property
    def closed(self) -> bool:
        """Tell whether the trace has got its exit status, and is written no more."""
        return not self._file

    @deferred()
    def close(self, status: str) -> Trace:
        """Close with the exit status: ``completed``, ``interrupted`` or ``failed: …``; returns the reader.

        After a commit that failed or was interrupted it only lets go of the file, which keeps its status of before.
        """
        image = b""
        try:
            if self._storage is None:
                self._conclude(status)
                image = self._file.id.get_file_image()
            elif not self._storage.told:
                self._conclude(status)
                self._storage.sync()
                self._storage.check()
        finally:
            self._release()
        return Trace(self._path or image)

    def _hold(self, path: Path | None, storage: JournaledFile | None, file: h5py.File) -> None:
        self._path, self._storage, self._file = path, storage, file
        self._rows, self._first = 0, True
        self._series = {}

    def _release(self) -> None:
        with suppress(OSError, RuntimeError):  # HDF5 may not find again what could not be written
            self._file.close()
        if self._storage is not None:
            self._storage.close()

    def _commit(self) -> None:
        if self._storage is None:
            self._file.flush()
            return
        try:
            self._file.flush()
            self._storage.commit()
        except BaseException:  # an interrupt too: nothing may be committed on top of half a commit
            self._storage.told = True
            raise

    def _conclude(self, status: str) -> None:
        for series in self._series.values():  # a row that an interrupt cut short is no row
            series.cut(self._rows)
        self._file.attrs["exit_status"] = status
        self._commit()

    @property
    def _nodes(self) -> int:
        nodes: int = self._file["node"].shape[0]
        return nodes

    def _new_series(self, row: Row) -> dict[str, Series]:
        """Return those that the file does not have yet."""
        fields = [field_for(name, STEP, "float64") for name in row.metrics]
        fields += [
            field_for(name, STEP_NODE, np.asarray(v).dtype.str) for name, v in row.node_metrics.items()
        ]
        series = {
            field.name: Series(add_variable(self._file, field, field.dtype))
            for field in fields
            if field.name not in self._series
        }
        return {"step": Series(self._file["step"]), **series}

    def _variable(self, name: str, dtype: Any) -> h5py.Dataset:
        return self._file[name] if name in self._file else add_variable(self._file, SCHEMA[name], dtype)


def _claim(path: Path) -> None:
    """Make an empty file at ``path`` that is ours: of two runs that start together only one gets it."""
    for there in (path, *later_parts(path)):
        if there.exists():
            raise InputError(f"{there}", "exists already", "choose another --out or remove it")
    with _refusing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(exist_ok=False)
        journal_path(path).unlink(missing_ok=True)  # of a file that was removed without it


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
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
