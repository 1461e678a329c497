"""A file that a run is writing, read as one commit left it.

A reader's lock keeps the writer from changing the file meanwhile. Where there are no locks, or the writer could not
wait any longer, the journal's stamp tells it, and the file is read again.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from p2pbo.trace.storage.dirty_pages import Pages
from p2pbo.trace.storage.journal import Changes, Journal, stamp_of
from p2pbo.trace.storage.raw_file import Storage

T = TypeVar("T")

PAUSES = (0.001, 0.01, 0.1)  # seconds between looks at a file that is just being written


class Overtaken(OSError):
    """The file was changed while it was read: nothing of what was found counts."""


class Overlaid(Storage):
    """The file at ``path`` to be read, with ``changes`` done for the reader alone."""

    def __init__(self, path: Path, changes: Changes) -> None:
        super().__init__(path)
        self._size = changes.size
        self._pages = Pages(self.descriptor)
        for offset, block in changes.writes:
            self._pages.write(offset, block)

    def readinto(self, block: memoryview) -> int:
        """Fill ``block`` from here on."""
        start = self._position
        count = super().readinto(block)
        self._pages.overlay(block, start)
        return count


@contextmanager
def held_still(path: Path) -> Iterator[Storage | None]:
    """Around a look at the file ``path``: what to read in its place where a journal says more, else None.

    Raises:
        Overtaken: the file was changed meanwhile.
        OSError: it cannot be opened.
    """
    with path.open("rb") as file:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        journal = Journal.of(path)
        try:
            yield Overlaid(path, journal.changes) if journal.changes else None
        finally:
            if stamp_of(path) != journal.stamp:
                raise Overtaken(f"{path} was changed while it was read")


def image(path: Path) -> bytes:
    """Return all bytes of the file ``path``, with what a complete journal says.

    Raises:
        Overtaken: the file is changed too often.
        OSError: it cannot be read.
    """
    return patiently(lambda: _image(path))


def patiently(look: Callable[[], T]) -> T:
    """Return what ``look`` returns; tried again if the writer was just then writing."""
    for pause in PAUSES:
        try:
            return look()
        except (OSError, RuntimeError):
            time.sleep(pause)
    return look()


def _image(path: Path) -> bytes:
    with held_still(path) as whole:
        storage = whole or Storage(path)
        size = storage.seek(0, os.SEEK_END)
        storage.seek(0)
        return storage.read(size)
