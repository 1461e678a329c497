"""Lists of values as people write them (``ring,torus,er:0.3``, ``0:5``), and values as parts of file names.

A comma starts a new value, except before ``y=…`` and ``z=…``, which go on with a codec by variable
(``none,x=randk:2000,y=randk:200`` is two values), and inside brackets and quotes. ``0:5`` is 0, 1, 2, 3, 4.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from typing import Any

from p2pbo.config.assignments import parse_assignments
from p2pbo.errors import InputError

_GOES_ON = re.compile(r"\s*[yz]\s*=")
_RANGE = re.compile(r"\s*(-?\d+)\s*:\s*(-?\d+)\s*")

LONGEST_VALUE = 40
"""The most characters of a value in a file name."""


def parse_values(subject: str, text: str) -> list[Any]:
    """Return the values in ``text``, separated by commas; each is TOML, or else text.

    Raises:
        InputError: there is an empty value or an empty range; the error calls the list ``subject``.
    """
    return expand_ranges(subject, map(parse_value, split_list(subject, text)))


def split_list(subject: str, text: str) -> list[str]:
    """Return the pieces of ``text`` that commas separate, but for those commas that start no new value.

    Raises:
        InputError: there is an empty piece; the error calls the list ``subject``.
    """
    pieces: list[str] = []
    for piece in text.split(","):
        if pieces and (_is_open(pieces[-1]) or _GOES_ON.match(piece)):
            pieces[-1] += f",{piece}"
        else:
            pieces.append(piece)
    if not all(piece.strip() for piece in pieces):
        raise InputError(f"{subject} '{text}'", "has an empty value", "write VALUE,VALUE,…")
    return pieces


def parse_value(text: str) -> Any:
    """Return the value that ``text`` is: TOML, or else the text itself."""
    return parse_assignments([f"value={text.strip()}"])["value"]


def expand_ranges(subject: str, values: Iterable[Any]) -> list[Any]:
    """Return the values with ranges written out.

    Raises:
        InputError: there is no value, or an empty range; the error calls the list ``subject``.
    """
    found = [one for value in values for one in _numbers(subject, value)]
    if not found:
        raise InputError(subject, "has no values", "give one or more")
    return found


def as_text(value: Any) -> str:
    """Return a value as text; a section as its name and its settings."""
    if isinstance(value, dict):
        parts = (as_text(part) if key == "name" else f"{key}={as_text(part)}" for key, part in value.items())
        return ",".join(parts)
    return str(value).lower() if isinstance(value, bool) else str(value)


def in_file_name(text: str, longest: int = LONGEST_VALUE) -> str:
    """Return ``text`` as a part of a file name; a digest stands for what had to be cut or changed.

    ``randk:0.1`` becomes ``randk-0.1``, ``graphs/a b.graphml`` becomes ``graphs-a-b.graphml~`` and six digits.
    """
    safe = re.sub(r"[^\w.+=,~-]+", "-", text, flags=re.ASCII)
    if len(safe) <= longest and safe == text.replace(":", "-"):
        return safe
    return f"{safe[:longest]}~{hashlib.blake2b(os.fsencode(text), digest_size=3).hexdigest()}"


def _is_open(text: str) -> bool:
    """Tell whether a bracket or a quote in ``text`` is still to be closed."""
    nested = sum(text.count(left) - text.count(right) for left, right in ("[]", "{}"))
    return nested > 0 or any(text.count(quote) % 2 for quote in "\"'")


def _numbers(subject: str, value: Any) -> Iterator[Any]:
    """Yield ``"0:5"`` as 0, 1, 2, 3, 4; any other value as it is."""
    match = _RANGE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        yield value
        return
    first, end = map(int, match.groups())
    if first >= end:
        raise InputError(f"{subject} {value}", "holds no number", "write 0:5 for 0, 1, 2, 3, 4")
    yield from range(first, end)
