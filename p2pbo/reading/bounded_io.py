"""Bounded reading: no more of a file than its format can need, so that a broken one does not fill the memory."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from p2pbo.errors import InputError
from p2pbo.reading.unpacking import FETCH_AGAIN, READ_ERRORS, failure_reason, open_unpacked

_PIECE = 2**24


def read_limited(path: Path, most: int) -> bytes:
    """Read the content of a file, unpacked, of ``most`` bytes or fewer.

    Raises:
        InputError: it has more, or is damaged.
        OSError: there is no such file, or it may not be read.
    """
    try:
        with open_unpacked(path) as stream:
            content = read_up_to(most + 1, stream)
    except READ_ERRORS as damage:
        if isinstance(damage, OSError) and damage.errno is not None:
            raise
        raise InputError(f"{path}", f"cannot be read ({failure_reason(damage)})", FETCH_AGAIN) from None
    if len(content) > most:
        raise InputError(
            f"{path}", f"has more than {most} bytes", "give a file of the kind that is meant here"
        )
    return bytes(content)


def read_up_to(count: int, stream: IO[bytes]) -> bytearray:
    """Read up to ``count`` bytes, in pieces, so that a false promise of more costs no memory."""
    content = bytearray()
    while piece := stream.read(min(_PIECE, count - len(content))):
        content += piece
    return content
