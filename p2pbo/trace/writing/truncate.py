"""Going on in a trace: what it holds beyond a step is taken out of it again."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy as np

from p2pbo.errors import InputError
from p2pbo.trace.reading.contents import Contents
from p2pbo.trace.reading.multipart import OUTCOMES
from p2pbo.trace.reading.opening import look, refusing_other_files
from p2pbo.trace.storage.failures import FAILURES
from p2pbo.trace.writing.column import Series


def check_resumable(path: Path, step: int) -> None:
    """Tell whether a run can go on in the trace ``path`` behind ``step``.

    Raises:
        InputError: it is no trace, or all its rows are later ones.
    """
    with refusing_other_files(path):
        steps, _ = look(path, lambda contents: (contents.values("step"), contents.description))
    if len(steps) and steps[0] > step:
        cause = f"has no row up to step {step}: the first is of step {steps[0]}"
        raise InputError(f"{path}", cause, "give the trace that belongs to the checkpoint")


def cut_back(file: h5py.File, step: int) -> dict[str, Series]:
    """Take out all that is later than ``step`` or of the end; returns the logged variables, none without rows."""
    contents = Contents(file)
    kept = int(np.searchsorted(contents.values("step"), step, side="right"))
    series = {name: Series(file[name]) for name in contents.logged}
    for one in series.values():
        one.cut(kept)
    for name in OUTCOMES:
        if name in file:
            _remove(file, name)
    if "failure" in file:
        kept_failures = int(np.sum(file["failure_step"][...] <= step))
        for name in ("failure", *FAILURES):
            file[name].resize(kept_failures, axis=0)
    file.attrs.update({"exit_status": "running", "host": os.uname().nodename})
    file.attrs["resumed_at"] = np.append(file.attrs.get("resumed_at", np.zeros(0, np.int64)), np.int64(step))
    return series if len(series) > 1 else {}


def _remove(file: h5py.File, name: str) -> None:
    for dim in file[name].dims:
        for scale in dim.values():
            dim.detach_scale(scale)
    del file[name]
