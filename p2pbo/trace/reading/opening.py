"""Looks at a trace: opened for each of them and closed again, so that a run may go on writing it.

What a journal or later parts of the trace say is done in memory: a reader never writes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import h5py

from p2pbo.errors import InputError
from p2pbo.trace.reading.contents import Contents
from p2pbo.trace.reading.multipart import joined, later_parts
from p2pbo.trace.reading.snapshot import Overtaken, held_still, image, patiently
from p2pbo.trace.storage.raw_file import Storage

T = TypeVar("T")


def look(source: Path | bytes, at: Callable[[Contents], T]) -> T:
    """Return what ``at`` finds in the trace as one commit left it, or in its image."""
    try:
        return patiently(lambda: _look(source, at))
    except Overtaken:  # all of it is read faster than a little of it is found
        assert isinstance(source, Path)
        return _look(image(source), at)


@contextmanager
def refusing_other_files(path: Path) -> Iterator[None]:
    """Around looks at a file that may not be a trace.

    Raises:
        InputError: the file does not exist, is truncated or is not a trace.
    """
    try:
        there = path.is_file()
    except OSError as error:  # of a name that the system refuses
        raise InputError(f"{path}", f"cannot be read ({error.strerror})", "check the path") from None
    if not there:
        raise InputError(f"{path}", "does not exist", "give the path of a trace that p2pbo run wrote")
    try:
        yield
    except InputError:
        raise
    except Overtaken:
        cause = "is written faster than it can be read"
        raise InputError(f"{path}", cause, "read it again, or when its run has ended") from None
    except (OSError, RuntimeError) as error:
        cause = "cannot be read as HDF5 and may be truncated"
        raise InputError(f"{path}", cause, f"run again or restore it ({error})") from None
    except (KeyError, ValueError):
        raise InputError(f"{path}", "is not a p2pbo trace", "give a file that p2pbo run wrote") from None


def _look(source: Path | bytes, at: Callable[[Contents], T]) -> T:
    with _open(source) as file:
        return at(Contents(file))


@contextmanager
def _open(source: Path | bytes) -> Iterator[h5py.File]:
    if isinstance(source, bytes):
        with h5py.File(io.BytesIO(source), "r") as file:
            yield file
    elif later_parts(source):
        with h5py.File(io.BytesIO(joined(source)), "r") as file:
            yield file
    else:
        with held_still(source) as whole, _file(source, whole) as file:
            yield file


def _file(path: Path, whole: Storage | None) -> h5py.File:
    if whole is not None:
        return h5py.File(whole, "r")
    try:
        return h5py.File(path, "r", locking=False)
    except OSError:  # HDF5 refuses a second opening in this process that locks differently (xarray locks)
        return h5py.File(path, "r")
