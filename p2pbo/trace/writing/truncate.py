"""Truncating a trace after a step, so that a resumed run continues it."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy as np

from p2pbo.errors import InputError
from p2pbo.trace.reading.contents import Contents
from p2pbo.trace.reading.multipart import END_VARIABLES
from p2pbo.trace.reading.opening import read_contents, trace_file_errors
from p2pbo.trace.reading.status import RUNNING
from p2pbo.trace.schema import FAILURE_FIELDS
from p2pbo.trace.writing.column import Column


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


def truncate_after(file: h5py.File, step: int) -> dict[str, Column]:
    """Remove all rows after ``step`` and the final state, and return the logged columns; none without rows."""
    contents = Contents(file)
    kept = int(np.searchsorted(contents.values("step"), step, side="right"))
    columns = {name: Column(file[name]) for name in contents.logged}
    for column in columns.values():
        column.resize(kept)
    for name in END_VARIABLES:
        if name in file:
            _remove(file, name)
    if "failure" in file:
        kept_failures = int(np.sum(file["failure_step"][...] <= step))
        for name in ("failure", *(field.name for field in FAILURE_FIELDS)):
            file[name].resize(kept_failures, axis=0)
    file.attrs.update({"exit_status": RUNNING, "host": os.uname().nodename})
    file.attrs["resumed_at"] = np.append(file.attrs.get("resumed_at", np.zeros(0, np.int64)), np.int64(step))
    return columns if len(columns) > 1 else {}


def _remove(file: h5py.File, name: str) -> None:
    for dim in file[name].dims:
        for scale in dim.values():
            dim.detach_scale(scale)
    del file[name]
