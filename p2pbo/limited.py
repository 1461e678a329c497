"""Reading no more of a file than its format can honestly need, so that a broken one costs no memory."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from p2pbo.errors import InputError

_PIECE = 2**24


def read_limited(path: Path, most: int) -> bytes:
    """The content of a file of ``most`` bytes or fewer.

    Raises:
        InputError: it has more.
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        content = read_up_to(most + 1, stream)
    if len(content) > most:
        raise InputError(
            f"{path}", f"has more than {most} bytes", "give a file of the kind that is meant here"
        )
    return bytes(content)


def read_up_to(count: int, stream: IO[bytes]) -> bytearray:
    """Up to ``count`` bytes, in pieces, so that a false promise of more costs no memory."""
    content = bytearray()
    while piece := stream.read(min(_PIECE, count - len(content))):
        content += piece
    return content
