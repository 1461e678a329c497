"""Reading from a trace that is opened for each read and closed again, so that its run may go on writing.

A journal and later parts of the trace are applied in memory: a reader never writes.
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
from p2pbo.trace.reading.multipart import later_parts, merged_image
from p2pbo.trace.reading.snapshot import ChangedWhileRead, file_image, retry_while_written, snapshot
from p2pbo.trace.storage.raw_file import RawFile

T = TypeVar("T")


def read_contents(source: Path | bytes, read: Callable[[Contents], T]) -> T:
    """Return the result of ``read`` on a trace as one commit left it, or on the image of one."""
    try:
        return retry_while_written(lambda: _read(source, read))
    except ChangedWhileRead:  # reading the whole file is faster than searching in it
        assert isinstance(source, Path)
        return _read(file_image(source), read)


@contextmanager
def trace_file_errors(path: Path) -> Iterator[None]:
    """Turn errors inside into InputErrors that say why the file is no trace.

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
    except ChangedWhileRead:
        cause = "is written faster than it can be read"
        raise InputError(f"{path}", cause, "read it again, or when its run has ended") from None
    except (OSError, RuntimeError) as error:
        cause = "cannot be read as HDF5 and may be truncated"
        raise InputError(f"{path}", cause, f"run again or restore it ({error})") from None
    except (KeyError, ValueError):
        raise InputError(f"{path}", "is not a p2pbo trace", "give a file that p2pbo run wrote") from None


def _read(source: Path | bytes, read: Callable[[Contents], T]) -> T:
    with _open(source) as file:
        return read(Contents(file))


@contextmanager
def _open(source: Path | bytes) -> Iterator[h5py.File]:
    if isinstance(source, bytes):
        with h5py.File(io.BytesIO(source), "r") as file:
            yield file
    elif later_parts(source):
        with h5py.File(io.BytesIO(merged_image(source)), "r") as file:
            yield file
    else:
        with snapshot(source) as overlaid, _file(source, overlaid) as file:
            yield file


def _file(path: Path, overlaid: RawFile | None) -> h5py.File:
    if overlaid is not None:
        return h5py.File(overlaid, "r")
    try:
        return h5py.File(path, "r", locking=False)
    except OSError as error:
        try:  # HDF5 locks in spite of that: it is told so by its environment, or xarray has opened the file
            return h5py.File(RawFile(path), "r")
        except (OSError, ValueError, OverflowError):  # a damaged file points anywhere
            raise error from None
