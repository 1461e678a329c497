"""Failures of the file system while a file is written, as one line for the user."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from p2pbo.errors import WriteError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)


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
