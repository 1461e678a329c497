"""Files of data, plain, .gz or .bz2, unpacked while they are read, and not without end.

A few kilobytes can unpack to terabytes; data that somebody has measured never shrink so far.
"""

from __future__ import annotations

import bz2
import gzip
import io
import zlib
from pathlib import Path
from typing import IO, Any

from p2pbo.errors import InputError

DAMAGE = (OSError, EOFError, zlib.error)
"""What reading a damaged file raises."""

LARGEST_RATIO = 200
"""Bytes unpacked of a byte packed; the public data sets have 3 to 30."""

FREE = 2**26
"""So many bytes may be unpacked whatever the ratio."""


def open_unpacked(file: Path) -> IO[bytes]:
    """The file's content, unpacked if its name ends in .gz or .bz2.

    Reading raises one of ``DAMAGE`` where the file is damaged, and :class:`InputError` where it unpacks to more than
    ``LARGEST_RATIO`` times its size.
    """
    packings: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open}
    if file.suffix not in packings:
        return file.open("rb")
    return io.BufferedReader(_Unpacked(file, packings[file.suffix](file, "rb")))


class _Unpacked(io.RawIOBase):
    """What ``stream`` unpacks of ``file``, counted."""

    def __init__(self, file: Path, stream: Any) -> None:
        self._file = file
        self._stream = stream
        self._left = max(FREE, LARGEST_RATIO * file.stat().st_size)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count: int = self._stream.readinto(buffer)
        self._left -= count
        if self._left < 0:
            cause = f"unpacks to more than {LARGEST_RATIO} times its size"
            raise InputError(
                f"{self._file}", cause, "check the file, or unpack it and give what it unpacks to"
            )
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()
