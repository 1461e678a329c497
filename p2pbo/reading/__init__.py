"""Reading files as people have them: packed or not, text of any usual encoding, and no more than can be honest."""

from __future__ import annotations

from p2pbo.reading.bounded_io import read_limited, read_up_to
from p2pbo.reading.text import open_text, read_text
from p2pbo.reading.unpacking import AGAIN, DAMAGE, open_unpacked, why

__all__ = ["AGAIN", "DAMAGE", "open_text", "open_unpacked", "read_limited", "read_text", "read_up_to", "why"]
