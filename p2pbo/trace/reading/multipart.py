"""Traces of several parts: where the rank that wrote a trace died, another went on in a file of its own.

The parts are run.h5, run.part2, run.part3, … They are read as one trace, with the rows of each part that come after
those of the parts before it, the failures of all, and the status, the final state and the edge counts of the last.
"""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import h5py
import numpy as np

from p2pbo.trace.attributes import ENDED_BY
from p2pbo.trace.reading.contents import Contents
from p2pbo.trace.reading.snapshot import file_image
from p2pbo.trace.schema import FAILURE_FIELDS, SCHEMA
from p2pbo.trace.storage.netcdf import add_variable, append_entries

LAST_PART_ATTRIBUTES = ("exit_status", ENDED_BY, "host")
"""The attributes whose value in the last part counts."""

END_VARIABLES = ("final_x", "final_y", "final_z", "final_u", "edge_bytes", "edge_messages")
"""The variables that are written at the end of a run."""


def part_path(path: Path, number: int) -> Path:
    """Return the path of part ``number`` (2, 3, …) of the trace ``path``."""
    return path.with_suffix(f".part{number}")


def later_parts(path: Path) -> list[Path]:
    """Return the paths of the existing parts after the one at ``path``, up to the first gap."""
    kind = path.suffix
    own = int(kind[5:]) if kind.startswith(".part") and kind[5:].isdecimal() else 1
    candidates = (part_path(path, number) for number in itertools.count(own + 1))
    return list(itertools.takewhile(Path.exists, candidates))


def merged_image(path: Path) -> bytes:
    """Return the image of one file that holds the trace at ``path`` with all later parts.

    Raises:
        OSError: a part cannot be read.
    """
    whole = io.BytesIO(file_image(path))
    with h5py.File(whole, "r+", track_order=True) as file:
        for part in later_parts(path):
            bytes_of_part = file_image(part)
            if bytes_of_part:  # else claimed, and killed before its first commit
                with h5py.File(io.BytesIO(bytes_of_part), "r") as later:
                    _add(file, Contents(later), later)
    return whole.getvalue()


def _add(file: h5py.File, part: Contents, later: h5py.File) -> None:
    own = Contents(file)
    rows, steps = own.rows, part.values("step")
    first = int(np.searchsorted(steps, own.values("step")[-1], side="right")) if rows else 0
    total = rows + len(steps) - first
    for name in dict.fromkeys([*own.logged, *part.logged]):
        if name not in file:
            add_variable(file, part.field(name), part.logged[name].dtype)
        file[name].resize(total, axis=0)
        if name in part.logged:
            file[name][rows:] = part.values(name)[first:]
    for name in END_VARIABLES:
        if name in later:
            values = part.values(name)
            variable = file[name] if name in file else add_variable(file, part.field(name), values.dtype)
            variable[...] = values
    if "failure" in later:  # a new writer records all deaths anew
        known = file["failure_node"][...] if "failure" in file else []
        new = ~np.isin(part.values("failure_node"), known)
        append_entries(
            file, SCHEMA["failure"], {field: part.values(field.name)[new] for field in FAILURE_FIELDS}
        )
    for name, value in later.attrs.items():
        if name in LAST_PART_ATTRIBUTES or name not in file.attrs:
            file.attrs[name] = value
