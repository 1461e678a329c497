"""Unpacking of gzip, bzip2 and xz files, whatever they are called, while they are read, and not without end.

A few kilobytes can unpack to terabytes; measured data never compress that far.
"""

from __future__ import annotations

import io
import zlib
from bz2 import BZ2File
from gzip import GzipFile
from lzma import LZMAError, LZMAFile
from pathlib import Path
from typing import IO, Any

from p2pbo.errors import InputError

READ_ERRORS = (OSError, EOFError, zlib.error, LZMAError)
"""The exceptions that reading a damaged file raises."""

FETCH_AGAIN = "check the file, or fetch it again"
"""The remedy for a damaged file."""


def failure_reason(damage: Exception) -> str:
    """Return why a file cannot be read, without its path."""
    known = isinstance(damage, OSError) and damage.strerror
    return known.lower() if known else f"{damage}"


LARGEST_RATIO = 200
"""The most bytes unpacked of a byte packed; the public data sets have 3 to 30."""

FREE_BYTES = 2**26
"""Bytes that may be unpacked whatever the ratio."""

_PACKINGS: dict[bytes, Any] = {
    b"\x1f\x8b": lambda stream: GzipFile(fileobj=stream),
    b"BZh": BZ2File,
    b"\xfd7zXZ\0": LZMAFile,
}
"""The unpackers of files, by their first bytes."""

_ARCHIVES = {
    b"PK\3\4": "a zip archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"\x28\xb5\x2f\xfd": "a zstd file",
}
"""Names of packed files that are not read here, by their first bytes."""

_LONGEST_MARK = 6


def open_unpacked(file: Path) -> io.BufferedReader:
    """Open a file for reading, and unpack its content on the way if its first bytes say that it is packed.

    Reading raises one of ``READ_ERRORS`` where the file is damaged, and :class:`InputError` where it unpacks to
    more than ``LARGEST_RATIO`` times its size.

    Raises:
        InputError: the file is an archive of a kind that is not unpacked here.
        OSError: there is no such file, or it may not be read.
    """
    stream = file.open("rb")
    head = stream.peek(_LONGEST_MARK)[:_LONGEST_MARK]
    for mark, kind in _ARCHIVES.items():
        if head.startswith(mark):
            stream.close()
            raise InputError(f"{file}", f"is {kind}", "unpack it and give a file that it holds")
    for mark, unpack in _PACKINGS.items():
        if head.startswith(mark):
            return io.BufferedReader(_Unpacked(file, stream, unpack(stream)))
    return stream


class _Unpacked(io.RawIOBase):
    """The bytes that ``unpacker`` makes of those of ``packed``, counted."""

    def __init__(self, file: Path, packed: IO[bytes], unpacker: Any) -> None:
        self._file, self._packed, self._unpacker = file, packed, unpacker
        self._left = max(FREE_BYTES, LARGEST_RATIO * file.stat().st_size)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count: int = self._unpacker.readinto(buffer)
        self._left -= count
        if self._left < 0:
            cause = f"unpacks to more than {LARGEST_RATIO} times its size"
            raise InputError(
                f"{self._file}", cause, "check the file, or unpack it and give what it unpacks to"
            )
        return count

    def close(self) -> None:
        self._unpacker.close()
        self._packed.close()
        super().close()
