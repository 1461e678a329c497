"""Looks at a trace: opened for each of them and closed again, so that a run may go on writing it.

What a journal or later parts of the trace say is done in memory: a reader never writes.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import h5py

from p2pbo.errors import InputError
from p2pbo.trace.contents import Contents
from p2pbo.trace.journal import Overlaid, waiting_changes
from p2pbo.trace.parts import joined, later_parts

T = TypeVar("T")

PAUSES = (0.001, 0.01, 0.1)  # seconds between looks at a file that is just being written


def look(source: Path | bytes, at: Callable[[Contents], T]) -> T:
    """What ``at`` finds in the trace, or in its image; tried again if the writer was just then writing."""
    for pause in PAUSES:
        try:
            with _open(source) as file:
                return at(Contents(file))
        except (OSError, RuntimeError):
            time.sleep(pause)
    with _open(source) as file:
        return at(Contents(file))


@contextmanager
def refusing_other_files(path: Path) -> Iterator[None]:
    """Around looks at a file that may not be a trace.

    Raises:
        InputError: the file does not exist, is truncated or is not a trace.
    """
    if not path.is_file():
        raise InputError(f"{path}", "does not exist", "give the path of a trace that p2pbo run wrote")
    try:
        yield
    except InputError:
        raise
    except (OSError, RuntimeError) as error:
        cause = "cannot be read as HDF5 and may be truncated"
        raise InputError(f"{path}", cause, f"run again or restore it ({error})") from None
    except (KeyError, ValueError):
        raise InputError(f"{path}", "is not a p2pbo trace", "give a file that p2pbo run wrote") from None


def _open(source: Path | bytes) -> h5py.File:
    if isinstance(source, bytes):
        return h5py.File(io.BytesIO(source), "r")
    if later_parts(source):
        return h5py.File(io.BytesIO(joined(source)), "r")
    changes = waiting_changes(source)
    if changes:
        return h5py.File(Overlaid(source, changes), "r")
    try:
        return h5py.File(source, "r", locking=False)
    except OSError:  # HDF5 refuses a second opening in this process that locks differently (xarray locks)
        return h5py.File(source, "r")
