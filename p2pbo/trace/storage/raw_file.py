"""A file for HDF5 whose failures come out at a place of our choice.

HDF5 cannot give up on a file: what it could not write it tries again to write when the file is closed, and where that
fails too the process may crash. h5py's driver for file-like objects takes no notice of short reads and loses
exceptions of writes on their way through C. So no write raises in here: the first failure is kept, after it nothing
is written any more, and whoever writes asks for it.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from pathlib import Path

from p2pbo.errors import WriteError
from p2pbo.trace.storage.write_errors import write_error


class Storage:
    """The bytes of an open file, as h5py's ``fileobj`` driver asks for them.

    Attributes:
        path: where the file was when it was opened.
        descriptor: the open file.
        told: whether a failure has been raised, and nobody is to hear of it again.

    Raises:
        OSError: the file cannot be opened.
    """

    def __init__(self, path: Path, flags: int = os.O_RDONLY) -> None:
        self.path = path
        self.descriptor = os.open(path, flags | os.O_CLOEXEC, 0o666)
        self._close = weakref.finalize(self, os.close, self.descriptor)
        self._size = os.fstat(self.descriptor).st_size
        self._position = 0
        self.told = False
        self._failure: OSError | WriteError | None = None

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a byte, counted from the beginning or from the end (``os.SEEK_END``)."""
        self._position = offset + (self._size if whence == os.SEEK_END else 0)
        return self._position

    def tell(self) -> int:
        """Return the byte that comes next."""
        return self._position

    def read(self, size: int) -> bytes:
        """So many bytes from here on; zeros behind the end."""
        block = bytearray(size)
        self.readinto(memoryview(block))
        return bytes(block)

    def readinto(self, block: memoryview) -> int:
        """Fill ``block`` from here on; zeros behind the end."""
        found = read_at(self.descriptor, block, self._position)
        block[found:] = bytes(len(block) - found)
        self._position += len(block)
        return len(block)

    def write(self, block: bytes | memoryview) -> int:
        """Write here."""
        self._put(block)
        self._position += len(block)
        self._size = max(self._size, self._position)
        return len(block)

    def truncate(self, size: int) -> int:
        """Let the file have so many bytes."""
        self._attempt(lambda: os.ftruncate(self.descriptor, size))
        self._size = size
        return size

    def flush(self) -> None:
        """Nothing waits in here."""

    def size(self) -> int:
        """Return bytes on the disk."""
        return os.fstat(self.descriptor).st_size

    def sync(self) -> None:
        """Have what was written on the disk."""
        self._attempt(lambda: os.fsync(self.descriptor))

    def close(self) -> None:
        """Let go of the file."""
        self._close()

    def check(self) -> None:
        """Nothing has failed so far.

        Raises:
            WriteError: something has.
        """
        if self._failure:
            self.told = True
            raise write_error(self.path, self._failure) from None

    def _put(self, block: bytes | memoryview) -> None:
        self._attempt(lambda: write_at(self.descriptor, block, self._position))

    def _attempt(self, act: Callable[[], None]) -> None:
        if self._failure is None:
            try:
                act()
            except (OSError, WriteError) as error:
                self._failure = error


def read_at(descriptor: int, block: memoryview, offset: int) -> int:
    """Fill ``block`` with what stands at ``offset``; returns how much that was."""
    done = 0
    while done < len(block):
        count = os.preadv(descriptor, [block[done:]], offset + done)
        if not count:
            break
        done += count
    return done


def write_at(descriptor: int, block: bytes | memoryview, offset: int) -> None:
    """Write all of ``block``, whose items are bytes."""
    left = memoryview(block)
    while left:
        count = os.pwrite(descriptor, left, offset)
        left, offset = left[count:], offset + count
