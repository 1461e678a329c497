"""The start of writing a trace: a new file with its header, or an older one without the rows that are to come."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import ArrayLike

from p2pbo.errors import InputError
from p2pbo.trace.attributes import BEGUN_AGAIN_AT, ENDED_BY
from p2pbo.trace.provenance import provenance
from p2pbo.trace.reading.contents import Contents
from p2pbo.trace.reading.multipart import END_VARIABLES, later_parts, merged_image
from p2pbo.trace.reading.opening import read_contents, trace_file_errors
from p2pbo.trace.reading.status import RUNNING
from p2pbo.trace.record import Header
from p2pbo.trace.schema import FAILURE_FIELDS, RANK_PAIR_FIELDS, SCHEMA
from p2pbo.trace.storage.journal import journal_path
from p2pbo.trace.storage.journaled_file import JournaledFile
from p2pbo.trace.storage.netcdf import add_coordinate, add_dimension, add_variable, set_attribute


def claim(path: Path) -> None:
    """Create an empty file at ``path``: of two runs that start together only one gets it.

    Raises:
        InputError: there is such a file, or it cannot be made.
    """
    for there in (path, *later_parts(path)):
        if there.exists():
            raise InputError(f"{there}", "exists already", "choose another --out or remove it")
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(exist_ok=False)
        journal_path(path).unlink(missing_ok=True)  # of a file that was removed without it


@contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn errors inside into InputErrors that say why the trace ``path`` cannot be written."""
    try:
        yield
    except OSError as error:
        cause = f"cannot be written ({error.strerror}: {error.filename})"
        raise InputError(f"{path}", cause, "choose another --out") from None


def write_header(file: h5py.File, header: Header) -> None:
    """Write the attributes, dimensions and edges of a new trace."""
    attributes: Mapping[str, Any] = {
        **provenance(),
        **header.attributes,
        "description": json.dumps(header.description),
        "exit_status": RUNNING,
    }
    for name, value in attributes.items():
        set_attribute(file, name, value)
    add_coordinate(file, SCHEMA["step"], None)
    add_coordinate(file, SCHEMA["node"], header.nodes)
    add_coordinate(file, SCHEMA["edge"], len(header.edge_codec))
    sizes = {"x": header.dim_x, "y": header.dim_y, "z": header.dim_z, "u": header.dim_u}
    for name, size in sizes.items():
        if size:
            add_dimension(file, f"{name}_dim", size)
    _write_edges(file, "edge_source", header.edge_source, "int64")
    _write_edges(file, "edge_target", header.edge_target, "int64")
    _write_edges(file, "edge_codec", list(header.edge_codec), h5py.string_dtype())


def check_resumable(path: Path, step: int) -> None:
    """Check that a run can continue the trace ``path`` after ``step``.

    Raises:
        InputError: it is no trace, or all its rows are later.
    """
    with trace_file_errors(path):
        steps, _ = read_contents(path, lambda contents: (contents.values("step"), contents.description))
    if len(steps) and steps[0] > step:
        cause = f"has no row up to step {step}: the first is of step {steps[0]}"
        raise InputError(f"{path}", cause, "give the trace that belongs to the checkpoint")


def merge_parts(path: Path) -> None:
    """Merge a trace and its later parts into one file.

    Raises:
        OSError: the folder cannot be written.
    """
    parts = later_parts(path)
    if not parts:
        return
    JournaledFile(path).close()  # leaves no journal that would be applied to the new file
    new = path.with_name(f"{path.name}.new")
    new.write_bytes(merged_image(path))
    new.replace(path)
    for part in reversed(parts):  # a gap in their numbers would hide the later ones
        part.unlink()
        journal_path(part).unlink(missing_ok=True)


def truncate_after(file: h5py.File, step: int) -> list[str]:
    """Remove rows after ``step`` and what is written at the end; return the logged variables, none without rows."""
    contents = Contents(file)
    kept = int(np.searchsorted(contents.values("step"), step, side="right"))
    logged = list(contents.logged)
    for name in logged:
        file[name].resize(kept, axis=0)
    for name in END_VARIABLES:
        if name in file:
            _remove(file, name)
    if "failure" in file:
        kept_failures = int(np.sum(file["failure_step"][...] <= step))
        for name in ("failure", *(field.name for field in FAILURE_FIELDS)):
            file[name].resize(kept_failures, axis=0)
    if "rank_pair" in file:
        for name in ("rank_pair", *(field.name for field in RANK_PAIR_FIELDS)):
            file[name].resize(0, axis=0)
    begun = file.attrs.pop(BEGUN_AGAIN_AT, np.zeros(0, np.int64))
    for kept in begun[begun <= step]:
        extend_attribute(file, BEGUN_AGAIN_AT, kept)
    set_attribute(file, "exit_status", RUNNING)
    file.attrs.pop(ENDED_BY, None)
    set_attribute(file, "host", os.uname().nodename)
    extend_attribute(file, "resumed_at", step)
    return logged if len(logged) > 1 else []


def extend_attribute(file: h5py.File, name: str, step: int) -> None:
    """Append a step to an attribute that lists steps, one after another."""
    earlier = file.attrs.get(name, np.zeros(0, np.int64))
    set_attribute(file, name, np.append(earlier, np.int64(step)))


def _write_edges(file: h5py.File, name: str, values: ArrayLike, dtype: Any) -> None:
    variable = add_variable(file, SCHEMA[name], dtype)
    if variable.size:
        variable[...] = values


def _remove(file: h5py.File, name: str) -> None:
    for dim in file[name].dims:
        for scale in dim.values():
            dim.detach_scale(scale)
    del file[name]
