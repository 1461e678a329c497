"""Snapshots: a file that a run is writing, read as one commit left it.

A reader's lock keeps the writer from changing the file meanwhile. Where there are no locks, or the writer could not
wait any longer, the stamp of the journal shows the change, and the file is read again.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from p2pbo.trace.storage.journal import Changes, DirtyPages, Journal, stamp_of
from p2pbo.trace.storage.raw_file import RawFile

T = TypeVar("T")

RETRY_PAUSES = (0.001, 0.01, 0.1)  # seconds between attempts to read a file that is just being written


class ChangedWhileRead(OSError):
    """The error of a file that changed while it was read, so that the result is invalid."""


class OverlaidFile(RawFile):
    """The file at ``path`` for reading, with ``changes`` that are applied in memory."""

    def __init__(self, path: Path, changes: Changes) -> None:
        super().__init__(path)
        self._size = changes.size
        self._pages = DirtyPages(self.descriptor)
        for offset, block in changes.writes:
            self._pages.write(offset, block)

    def readinto(self, block: memoryview) -> int:
        """Fill ``block`` from the position on, changes included."""
        start = self._position
        count = super().readinto(block)
        self._pages.overlay(block, start)
        return count


@contextmanager
def snapshot(path: Path) -> Iterator[RawFile | None]:
    """Keep the file ``path`` as it is inside, and yield its overlaid form if a journal has changes, else None.

    Raises:
        ChangedWhileRead: the file was changed meanwhile.
        OSError: it cannot be opened.
    """
    with path.open("rb") as file:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        journal = Journal.of(path)
        try:
            yield OverlaidFile(path, journal.changes) if journal.changes else None
        finally:
            if stamp_of(path) != journal.stamp:
                raise ChangedWhileRead(f"{path} was changed while it was read")


def file_image(path: Path) -> bytes:
    """Return all bytes of the file ``path``, with the changes of its journal.

    Raises:
        ChangedWhileRead: the file changes too often.
        OSError: it cannot be read.
    """
    return retry_while_written(lambda: _image(path))


def retry_while_written(read: Callable[[], T]) -> T:
    """Return the result of ``read``, which is called again if the file was just being written."""
    for pause in RETRY_PAUSES:
        try:
            return read()
        except (OSError, RuntimeError):
            time.sleep(pause)
    return read()


def _image(path: Path) -> bytes:
    with snapshot(path) as overlaid:
        file = overlaid or RawFile(path)
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        return file.read(size)
