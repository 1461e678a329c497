"""Reading of files as people have them: packed or not, text in any usual encoding, and within limits of size."""

from __future__ import annotations

from p2pbo.reading.bounded_io import read_limited, read_up_to
from p2pbo.reading.text import open_text, read_text
from p2pbo.reading.unpacking import FETCH_AGAIN, READ_ERRORS, failure_reason, open_unpacked

__all__ = [
    "FETCH_AGAIN",
    "READ_ERRORS",
    "failure_reason",
    "open_text",
    "open_unpacked",
    "read_limited",
    "read_text",
    "read_up_to",
]
