"""The checkpoint file: arrays by name, written in blocks of rows, that is either whole or not there.

The file is HDF5 behind a block of 512 bytes (a user block, which HDF5 skips): a line that says which format this is,
and the BLAKE2b digest of all that follows, so that HDF5 never parses what a disk, a network or a kill has made of a
file. A new checkpoint is written beside the last one and takes its place by renaming; the last one is kept as the
generation before.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from p2pbo.errors import InputError, Notice, WriteError
from p2pbo.interrupts import deferred_interrupts
from p2pbo.trace.storage.raw_file import RawFile, write_at, write_error
from p2pbo.version import VERSION

HEAD = 512
FORMAT = 2
"""The format that is written; format 1, which has other names for some arrays, is read as well."""

MAGIC = b"p2pbo checkpoint %d\n"
ARRAYS = "arrays"


class CheckpointWriter:
    """A checkpoint that is being written; until :meth:`commit` all of it lies in ``path`` + ``.new``.

    Args:
        path: NAME.ckpt.
        description: the resolved description of the run.
        attributes: figures and short texts; ``step``, the steps done, must be among them.

    Raises:
        WriteError: the file cannot be written, now or at any later call; what there was before is intact.
    """

    def __init__(
        self, path: Path, description: Mapping[str, Any], attributes: Mapping[str, int | float | str | bytes]
    ) -> None:
        if "step" not in attributes:
            raise ValueError("a checkpoint has an attribute 'step'")
        self._path = path
        self._new = path.with_name(f"{path.name}.new")
        self._written: Counter[str] = Counter()
        try:
            self._storage = RawFile(self._new, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        except OSError as error:
            raise write_error(path, error) from None
        self._file = h5py.File(self._storage, "w", userblock_size=HEAD, track_order=True)
        self._file.attrs["description"] = json.dumps(description)
        self._arrays = self._file.create_group(ARRAYS, track_order=True)
        self._arrays.attrs.update(attributes)

    @deferred_interrupts()
    def rows(self, name: str, total: int, index: NDArray[np.int64], rows: NDArray[Any]) -> None:
        """Write rows (k, …) of the array ``name`` (total, …) at the positions ``index`` (k,).

        The first block makes the array and fixes its type; "/" in names makes groups.

        Raises:
            ValueError: they do not fit the array.
        """
        if name not in self._arrays:
            self._arrays.create_dataset(name, shape=(total, *rows.shape[1:]), dtype=rows.dtype)
        array = self._arrays[name]
        if len(index) != len(rows) or array.shape != (total, *rows.shape[1:]) or array.dtype != rows.dtype:
            raise ValueError(f"{name} is {array.dtype}{array.shape}, not {rows.dtype}{rows.shape} at {index}")
        for here, there in _slices(index, total):
            array[there] = rows[here]
        self._written[name] += len(index)
        self._check()

    @deferred_interrupts()
    def commit(self) -> None:
        """Make this the checkpoint, and the last one the generation before.

        Raises:
            ValueError: an array has not got all its rows.
        """
        for name, count in self._written.items():
            if count != len(self._arrays[name]):
                raise ValueError(f"{name} has {count} of {len(self._arrays[name])} rows")
        self._file.close()
        self._check()
        try:
            self._seal()
            with suppress(FileNotFoundError):
                self._path.rename(previous_generation(self._path))
            self._new.rename(self._path)
            _sync_folder(self._path.parent)
        except OSError as error:
            self.abandon()
            raise write_error(self._path, error) from None
        self._storage.close()

    def abandon(self) -> None:
        """Leave everything as it was before."""
        self._file.close()
        self._storage.close()
        with suppress(OSError):
            self._new.unlink()

    def _check(self) -> None:
        try:
            self._storage.check()
        except WriteError:
            self.abandon()
            raise

    def _seal(self) -> None:
        with self._new.open("r+b") as file:
            write_at(file.fileno(), _head(file, FORMAT), 0)
            os.fsync(file.fileno())


class Checkpoint:
    """A checkpoint that is whole; any number of processes may read it at once.

    Attributes:
        path: the file.
        format: which the file has, 1 or 2.
        step: steps done.
        description: the resolved description of the run.
        attributes: figures and short texts, ``step`` among them.
        names: the arrays.
    """

    def __init__(self, path: Path, verified: bool = False) -> None:
        """Open the checkpoint ``path``, and verify all of it unless another rank has just ``verified`` it.

        Raises:
            Unusable: it is no checkpoint, or not all of one.
            InputError: it has a newer format.
        """
        self.path = path
        self._file, self.format = _opened(path, verified)
        self.description: dict[str, Any] = json.loads(self._file.attrs["description"])
        self._arrays = self._file[ARRAYS]
        attributes = self._arrays.attrs.items()
        self.attributes = {
            name: value.item() if isinstance(value, np.generic) else value for name, value in attributes
        }
        self.step = int(self.attributes["step"])
        self.names: list[str] = []
        self._arrays.visititems(self._note)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def total(self, name: str) -> int:
        """Return the number of rows of the array ``name``."""
        return len(self._arrays[name])

    def rows(self, name: str, index: NDArray[np.int64] | slice) -> NDArray[Any]:
        """Return these rows of the array ``name``; no others are read.

        Raises:
            InputError: there is no such array.
        """
        if name not in self:
            raise InputError(f"{self.path}", f"holds no {name}", "start the run anew without --resume")
        array = self._arrays[name]
        if isinstance(index, slice):
            return array[index]
        found = np.empty((len(index), *array.shape[1:]), array.dtype)
        for here, there in _slices(index, len(array)):
            found[here] = array[there]
        return found

    def _note(self, name: str, found: h5py.HLObject) -> None:
        if isinstance(found, h5py.Dataset):
            self.names.append(name)


class Unusable(Exception):
    """The reason why a file is not a checkpoint to resume from; reads like the end of a sentence about the file."""


def open_checkpoint(path: Path) -> Checkpoint:
    """Return the checkpoint at ``path``, or the generation before where that one is not whole, with a Notice.

    Raises:
        InputError: neither can be used.
    """
    try:
        return Checkpoint(path)
    except Unusable as first:
        before = previous_generation(path)
        try:
            found = Checkpoint(before)
        except Unusable as second:
            cause = f"{first}, and {before} {second}"
            remedy = "restore one of them or start the run anew without --resume"
            raise InputError(f"{path}", cause, remedy) from None
        notice = f"{path} {first}; the run goes on from step {found.step} of {before}"
        warnings.warn(notice, Notice, stacklevel=2)
        return found


def previous_generation(path: Path) -> Path:
    """Return where the generation before the checkpoint ``path`` lies: NAME.previous.ckpt."""
    return path.with_name(f"{path.stem}.previous{path.suffix}")


def _opened(path: Path, verified: bool) -> tuple[h5py.File, int]:
    """Return the file, parsed only if every byte of it is what was written, and its format."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
            number = _format(path, head)
            if not verified and head != _head(file, number):
                raise Unusable("is truncated or corrupted")
        storage = RawFile(path)
    except FileNotFoundError:
        raise Unusable("does not exist") from None
    except OSError:
        raise Unusable("cannot be read") from None
    return h5py.File(storage, "r"), number


def _format(path: Path, head: bytes) -> int:
    """Return the format that the first block of a file names."""
    found = re.match(MAGIC.replace(b"%d", rb"([1-9]\d{0,8})"), head)
    if found is None:
        raise Unusable("is not a checkpoint of this version of p2pbo")
    number = int(found[1])
    if number > FORMAT:
        cause = f"is a checkpoint of format {number}, and p2pbo {VERSION} reads formats up to {FORMAT}"
        raise InputError(f"{path}", cause, "resume it with the newer p2pbo that wrote it")
    return number


def _head(file: Any, number: int) -> bytes:
    """Return the first block of an open file: the line of its format and the digest of all that comes behind it."""
    file.seek(HEAD)
    digest = hashlib.file_digest(file, hashlib.blake2b).hexdigest()
    return (MAGIC % number + digest.encode() + b"\n").ljust(HEAD, b"\0")


def _slices(index: NDArray[np.int64], total: int) -> Iterator[tuple[slice, slice]]:
    """Yield positions as few slices: entries ``here`` of ``index`` are the neighbouring rows ``there`` of an array."""
    if len(index) and not 0 <= index.min() <= index.max() < total:
        raise ValueError(f"rows {index.min()} to {index.max()} of {total}")
    ends = [*(np.flatnonzero(np.diff(index) != 1) + 1), len(index)] if len(index) else []
    for first, end in zip([0, *ends], ends, strict=False):
        yield slice(first, end), slice(index[first], index[first] + end - first)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
