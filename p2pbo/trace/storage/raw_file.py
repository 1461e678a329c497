"""A file for HDF5 that keeps its first failure until :meth:`RawFile.check` raises it.

HDF5 cannot give up on a file: a write that failed is tried again when the file is closed, and where that fails too the
process may crash. h5py's driver for file-like objects ignores short reads and loses exceptions of writes on their way
through C. So no write raises in here: the first failure is kept, nothing is written after it, and the writer asks for
it.
"""

from __future__ import annotations

import errno
import os
import weakref
from collections.abc import Callable
from pathlib import Path

from p2pbo.errors import WriteError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)


class RawFile:
    """The bytes of an open file, as h5py's ``fileobj`` driver asks for them.

    Attributes:
        path: the path of the file when it was opened.
        descriptor: the file descriptor.
        failure_raised: whether the failure has been raised already, and is not to be raised again.

    Raises:
        OSError: the file cannot be opened.
    """

    def __init__(self, path: Path, flags: int = os.O_RDONLY) -> None:
        self.path = path
        self.descriptor = os.open(path, flags | os.O_CLOEXEC, 0o666)
        self._close = weakref.finalize(self, os.close, self.descriptor)
        self._size = os.fstat(self.descriptor).st_size
        self._position = 0
        self.failure_raised = False
        self._failure: OSError | WriteError | None = None

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move the position to a byte, counted from the beginning or from the end (``os.SEEK_END``)."""
        self._position = offset + (self._size if whence == os.SEEK_END else 0)
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def read(self, size: int) -> bytes:
        """Return ``size`` bytes from the position on, zeros behind the end of the file."""
        block = bytearray(size)
        self.readinto(memoryview(block))
        return bytes(block)

    def readinto(self, block: memoryview) -> int:
        """Fill ``block`` from the position on, with zeros behind the end of the file."""
        found = read_at(self.descriptor, block, self._position)
        block[found:] = bytes(len(block) - found)
        self._position += len(block)
        return len(block)

    def write(self, block: bytes | memoryview) -> int:
        """Write ``block`` at the position."""
        self._put(block)
        self._position += len(block)
        self._size = max(self._size, self._position)
        return len(block)

    def truncate(self, size: int) -> int:
        """Give the file ``size`` bytes."""
        self._attempt(lambda: os.ftruncate(self.descriptor, size))
        self._size = size
        return size

    def flush(self) -> None:
        """Do nothing: no write is buffered."""

    def size(self) -> int:
        """Return the bytes of the file on the disk."""
        return os.fstat(self.descriptor).st_size

    def sync(self) -> None:
        """Wait until all writes are on the disk."""
        self._attempt(lambda: os.fsync(self.descriptor))

    def close(self) -> None:
        """Close the file descriptor."""
        self._close()

    def check(self) -> None:
        """Check that nothing has failed so far.

        Raises:
            WriteError: a write or another call has failed.
        """
        if self._failure:
            self.failure_raised = True
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
    """Fill ``block`` with the bytes at ``offset``, and return their number: fewer at the end of the file."""
    done = 0
    while done < len(block):
        count = os.preadv(descriptor, [block[done:]], offset + done)
        if not count:
            break
        done += count
    return done


def write_at(descriptor: int, block: bytes | memoryview, offset: int) -> None:
    """Write all of ``block``, whose items are bytes, at ``offset``."""
    left = memoryview(block)
    while left:
        count = os.pwrite(descriptor, left, offset)
        left, offset = left[count:], offset + count


def write_error(path: Path, error: OSError | WriteError) -> WriteError:
    """Return the error to raise where ``path`` could not be written because of ``error``."""
    if isinstance(error, WriteError):
        return error
    reason = os.strerror(error.errno) if error.errno else f"{error}"
    return WriteError(f"{path}", f"cannot be written any more ({reason})", _remedy(error.errno))


def _remedy(number: int | None) -> str:
    if number in FULL:
        return "make room there; what was written before is intact"
    if number in FORBIDDEN:
        return "allow writing there; what was written before is intact"
    return "look after the disk or the network behind it; what was written before is intact"
