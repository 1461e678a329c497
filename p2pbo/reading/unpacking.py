"""Files plain or packed by gzip, bzip2 or xz, whatever they are called, unpacked while read, and not without end.

A few kilobytes can unpack to terabytes; data that somebody has measured never shrink so far.
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

DAMAGE = (OSError, EOFError, zlib.error, LZMAError)
"""What reading a damaged file raises."""

AGAIN = "check the file, or fetch it again"
"""What is to be done about a damaged file."""


def why(damage: Exception) -> str:
    """Say why a file cannot be read, without its path."""
    known = isinstance(damage, OSError) and damage.strerror
    return known.lower() if known else f"{damage}"


LARGEST_RATIO = 200
"""Bytes unpacked of a byte packed; the public data sets have 3 to 30."""

FREE = 2**26
"""So many bytes may be unpacked whatever the ratio."""

_PACKINGS: dict[bytes, Any] = {
    b"\x1f\x8b": lambda stream: GzipFile(fileobj=stream),
    b"BZh": BZ2File,
    b"\xfd7zXZ\0": LZMAFile,
}
"""What unpacks a file, by its first bytes."""

_ARCHIVES = {
    b"PK\3\4": "a zip archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"\x28\xb5\x2f\xfd": "a zstd file",
}
"""What is packed in a way that is not read here, by its first bytes."""

_LONGEST_MARK = 6


def open_unpacked(file: Path) -> io.BufferedReader:
    """Open a file for reading, and unpack its content on the way if its first bytes say that it is packed.

    Reading raises one of ``DAMAGE`` where the file is damaged, and :class:`InputError` where it unpacks to more than
    ``LARGEST_RATIO`` times its size.

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
    """What ``unpacker`` makes of the bytes of ``packed``, counted."""

    def __init__(self, file: Path, packed: IO[bytes], unpacker: Any) -> None:
        self._file, self._packed, self._unpacker = file, packed, unpacker
        self._left = max(FREE, LARGEST_RATIO * file.stat().st_size)

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
