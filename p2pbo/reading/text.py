r"""Text as editors and spreadsheets of all systems write it: UTF-8, or what a byte-order mark says; \n, \r\n or \r."""

from __future__ import annotations

import codecs
from io import IncrementalNewlineDecoder, TextIOWrapper
from pathlib import Path

from p2pbo.errors import InputError
from p2pbo.reading.bounded_io import read_limited
from p2pbo.reading.unpacking import open_unpacked

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_text(path: Path, most: int) -> str:
    r"""Read the text of a file, unpacked, of ``most`` bytes or fewer; lines end in ``\n``, there is no mark.

    Raises:
        InputError: it has more bytes, is damaged, or is no text in its encoding (names the line).
        OSError: there is no such file, or it may not be read.
    """
    content = read_limited(path, most)
    encoding = _encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = 1 + content.count(b"\n", 0, error.start)
        name = encoding.removesuffix("-sig").upper()
        raise InputError(f"{path}, line {line},", f"is not {name} text", "save it as UTF-8") from None
    lines: str = IncrementalNewlineDecoder(None, translate=True).decode(text, final=True)
    return lines


def open_text(path: Path) -> TextIOWrapper:
    r"""Open a file as text, unpacked, for reading in pieces; lines end in ``\n``, there is no mark.

    Bytes that are no UTF-8 come as lone surrogates (``errors="surrogateescape"``): it is for the reader of the format
    to refuse them by line. Reading raises what reading from :func:`~p2pbo.reading.open_unpacked` does.
    """
    stream = open_unpacked(path)
    return TextIOWrapper(stream, encoding=_encoding(stream.peek(4)), errors="surrogateescape")


def _encoding(content: bytes) -> str:
    """Return the encoding of a text, by its first bytes."""
    return next((encoding for mark, encoding in _MARKS if content.startswith(mark)), "utf-8")
