"""The writer of a trace: it claims the file, commits every logged row, and takes the final state in blocks.

The file has the default HDF5 format, so that other programs can read it while a run writes it, and after the run was
killed: ``libver="latest"`` files that were not closed do not open again. All changes go through its journal, so that
readers see complete rows, and committed rows stay readable whatever happens to the process. Interrupts wait for the end
of a method: on their way through HDF5 they would be lost, or leave half a commit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5s, h5t
from numpy.typing import NDArray

from p2pbo.interrupts import deferred_interrupts
from p2pbo.trace.attributes import BEGUN_AGAIN_AT, ENDED_BY
from p2pbo.trace.reading.reader import Trace
from p2pbo.trace.record import Header, TraceRow
from p2pbo.trace.schema import (
    FAILURE_FIELDS,
    RANK_PAIR_FIELDS,
    SCHEMA,
    STEP,
    STEP_NODE,
    field_for,
    lower_level_of,
)
from p2pbo.trace.storage.journaled_file import JournaledFile
from p2pbo.trace.storage.netcdf import add_variable, append_entries, set_attribute
from p2pbo.trace.writing.start import (
    check_resumable,
    claim,
    extend_attribute,
    merge_parts,
    output_errors,
    truncate_after,
    write_header,
)


class TraceWriter:
    """The writer of one run's trace to ``path``, or in memory (``path=None``).

    Raises:
        InputError: ``path`` or a later part of it exists already, or cannot be written.
        WriteError: the file cannot be written any more, here or in any method; committed rows are intact.
    """

    _columns: dict[str, Column]
    _first: bool

    def __init__(self, path: Path | None, header: Header) -> None:
        if path is None:
            name = f"p2pbo trace {id(self)}"
            file = h5py.File(name, "w", driver="core", backing_store=False, track_order=True)
            self._hold(None, None, file)
        else:
            claim(path)
            with output_errors(path):
                storage = JournaledFile(path)
            self._hold(path, storage, h5py.File(storage, "w", track_order=True))
        write_header(self._file, header)
        self._commit()

    @classmethod
    def resume(cls, path: Path, step: int) -> TraceWriter:
        """Continue the trace ``path`` after the row of ``step``, and remove later rows.

        The status is "running" again, the final state and the edge counts are removed, later parts are merged into the
        file, and the attribute ``resumed_at`` has one more step.

        Raises:
            InputError: there is no trace, it has rows but none up to ``step``, or it cannot be written.
        """
        writer = cls.__new__(cls)
        check_resumable(path, step)
        with output_errors(path):
            merge_parts(path)
            storage = JournaledFile(path)
        writer._hold(path, storage, h5py.File(storage, "r+", track_order=True))
        writer._columns = {name: Column(writer._file[name]) for name in truncate_after(writer._file, step)}
        writer._rows = len(writer._file["step"])
        writer._commit()
        return writer

    @deferred_interrupts()
    def update_description(self, description: Mapping[str, Any]) -> None:
        """Replace the description of the run, which has got more steps."""
        set_attribute(self._file, "description", json.dumps(description))
        self._commit()

    @deferred_interrupts()
    def append(self, row: TraceRow) -> None:
        """Append the row of a logged step and commit it; the first row fixes the fields.

        Fields that a continued trace of an older p2pbo lacks are NaN or 0 in its earlier rows.

        Raises:
            ValueError: the row has other fields than the first one.
        """
        values = {"step": row.step, **row.metrics, **row.node_metrics}
        if self._first:
            self._columns |= self._new_columns(row)
            self._first = False
        if values.keys() != self._columns.keys():
            other = ", ".join(sorted(values.keys() ^ self._columns.keys()))
            raise ValueError(f"the row of step {row.step} differs from the first row in its fields: {other}")
        for name, column in self._columns.items():
            column.write(self._rows, values[name])
        self._commit()
        self._rows += 1

    @deferred_interrupts()
    def add_failures(self, step: int, nodes: Sequence[int], gap: float) -> None:
        """Record that ``nodes`` died in step ``step`` and left a graph with the spectral gap ``gap``."""
        deaths = ([step] * len(nodes), nodes, [gap] * len(nodes))
        append_entries(self._file, SCHEMA["failure"], dict(zip(FAILURE_FIELDS, deaths, strict=True)))
        self._commit()

    @deferred_interrupts()
    def add_beginning(self, step: int) -> None:
        """Record that the run has begun again from its start after ``step``."""
        extend_attribute(self._file, BEGUN_AGAIN_AT, step)
        self._commit()

    @deferred_interrupts()
    def write_edge_counts(self, edge_bytes: NDArray[np.integer], edge_messages: NDArray[np.integer]) -> None:
        """Write the payload bytes (E,) and messages (E,) that the directed edges have carried so far."""
        for name, values in (("edge_bytes", edge_bytes), ("edge_messages", edge_messages)):
            self._variable(name, SCHEMA[name].dtype)[...] = values
        self._commit()

    @deferred_interrupts()
    def write_rank_waits(self, pairs: NDArray[np.floating], period: float) -> None:
        """Write how long ranks have waited for each other: rows (waiting rank, awaited rank, seconds).

        Args:
            pairs: (P, 3), of all pairs of neighbouring ranks.
            period: the seconds of the steps in which they have waited.
        """
        append_entries(self._file, SCHEMA["rank_pair"], dict(zip(RANK_PAIR_FIELDS, pairs.T, strict=True)))
        set_attribute(self._file, "rank_wait_period", period)
        self._commit()

    @deferred_interrupts()
    def write_final(self, name: str, first_node: int, rows: NDArray[np.floating]) -> None:
        """Write a block (k, dim) of ``final_x``, ``final_y`` …: the rows of nodes first_node, …

        The first block fixes the type: a float32 state stays float32.

        Raises:
            ValueError: these are more rows than nodes.
        """
        if rows.shape[0] + first_node > self._nodes:
            raise ValueError(f"{name} has rows for {self._nodes} nodes, not {first_node + rows.shape[0]}")
        self._variable(name, rows.dtype)[first_node : first_node + rows.shape[0]] = rows
        if self._storage is not None:
            self._storage.check()

    @deferred_interrupts()
    def write_total(self, name: str, value: int) -> None:
        """Write a total of the whole run as an attribute of the file.

        Raises:
            ValueError: the schema does not say what it means.
        """
        set_attribute(self._file, name, value)

    @deferred_interrupts()
    def write_ended_by(self, text: str) -> None:
        """Write what ends the run; :meth:`close` comes next."""
        set_attribute(self._file, ENDED_BY, text)

    @property
    def closed(self) -> bool:
        """Whether the trace has its exit status and is no longer written."""
        return not self._file

    @deferred_interrupts()
    def close(self, status: str) -> Trace:
        """Close the trace with its status (``completed``, ``interrupted`` or ``failed: …``) and return its reader.

        After a commit that failed or was interrupted the file is only closed, with the status that it had.
        """
        image = b""
        try:
            if self._storage is None:
                self._conclude(status)
                image = self._file.id.get_file_image()
            elif not self._storage.failure_raised:
                self._conclude(status)
                self._storage.sync()
                self._storage.check()
        finally:
            self._release()
        return Trace(self._path or image)

    def _hold(self, path: Path | None, storage: JournaledFile | None, file: h5py.File) -> None:
        self._path, self._storage, self._file = path, storage, file
        self._rows, self._first = 0, True
        self._columns = {}

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
            self._storage.failure_raised = True
            raise

    def _conclude(self, status: str) -> None:
        for column in self._columns.values():  # a row that an interrupt cut short is no row
            column.resize(self._rows)
        set_attribute(self._file, "exit_status", status)
        self._commit()

    @property
    def _nodes(self) -> int:
        nodes: int = self._file["node"].shape[0]
        return nodes

    def _new_columns(self, row: TraceRow) -> dict[str, Column]:
        """Add the columns that the file does not have yet, and return them."""
        level = lower_level_of(json.loads(self._file.attrs["description"]))
        fields = [field_for(name, STEP, "float64").on(level) for name in row.metrics]
        fields += [
            field_for(name, STEP_NODE, np.asarray(v).dtype.str) for name, v in row.node_metrics.items()
        ]
        columns = {
            field.name: Column(add_variable(self._file, field, field.dtype))
            for field in fields
            if field.name not in self._columns
        }
        return {"step": Column(self._file["step"]), **columns}

    def _variable(self, name: str, dtype: Any) -> h5py.Dataset:
        return self._file[name] if name in self._file else add_variable(self._file, SCHEMA[name], dtype)


class Column:
    """A variable that grows by a row at a time, over the unlimited dimension ``step`` and possibly others.

    h5py's ``resize`` and ``dataset[n] = value`` take 150 µs a variable, and a row of a trace has some twenty; the layer
    below, which is used here, takes a tenth.
    """

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
