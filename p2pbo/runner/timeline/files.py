"""The files of a timeline: its name, those of the ranks' parts beside it, and the one that they are merged into."""

from __future__ import annotations

import glob
import gzip
import os
import re
import warnings
from collections.abc import Iterable
from pathlib import Path

from p2pbo.errors import InputError, Notice

SUFFIXES = (".json.gz", ".json")

_PADDING = re.compile(rb" +\n")


def check_timeline_path(path: Path) -> None:
    """Check the name of a timeline's file.

    Raises:
        InputError: it does not say that it is JSON, or is a folder's.
    """
    if not path.name.endswith(SUFFIXES):
        cause = f"does not end in {' or '.join(reversed(SUFFIXES))}"
        raise InputError(f"--timeline {path}", cause, f"call it {path.with_suffix('.json').name}")
    if path.is_dir():
        raise InputError(f"--timeline {path}", "is a folder", "name a file")


def part_path(path: Path, rank: int) -> Path:
    """Return where a rank writes its part of the timeline ``path``: NAME.rank3.json."""
    suffix = next(suffix for suffix in SUFFIXES if path.name.endswith(suffix))
    return path.with_name(f"{path.name.removesuffix(suffix)}.rank{rank}.json")


def merge(path: Path, parts: Iterable[bytes]) -> None:
    """Write a timeline of the events of all ``parts``, at once, compressed where its name says so.

    Raises:
        OSError: it cannot be written.
    """
    text = b"[" + b"\n,".join(map(_events, parts)) + b"\n]\n"
    new = path.with_name(f"{path.name}.new-{os.getpid()}")
    try:
        new.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _events(part: bytes) -> bytes:
    """Return the lines of a part that hold whole events: its process may be about to write one, or killed then."""
    lines = _PADDING.sub(b"\n", part.removeprefix(b"["))
    return lines[: lines.rfind(b"}}\n") + 2]


def merge_left(path: Path, ranks: int, *, running: bool) -> None:
    """Write a timeline of those parts of so many ranks that are in its folder; with ``running`` they stay there.

    Where it cannot be written, a notice says that they hold it.
    """
    left = [part for part in (part_path(path, rank) for rank in range(ranks)) if part.is_file()]
    try:
        if left:
            merge(path, (part.read_bytes() for part in left))
    except OSError as error:
        warn_of_parts(path, error)
        return
    for part in left if not running else ():
        part.unlink(missing_ok=True)


def remove_further_parts(path: Path, ranks: int) -> None:
    """Remove the parts that an earlier run of more than ``ranks`` ranks has left."""
    head, tail = part_path(path, 0).name.removesuffix("0.json"), ".json"
    for part in path.parent.glob(f"{glob.escape(head)}*{tail}"):
        number = part.name.removeprefix(head).removesuffix(tail)
        if number.isdecimal() and int(number) >= ranks:
            part.unlink(missing_ok=True)


def warn_of_parts(path: Path, error: OSError) -> None:
    """Say that a timeline cannot be written, and where its events are."""
    text = f"--timeline {path} cannot be written ({error.strerror})"
    parts = part_path(path, 0).name.replace(".rank0.", ".rank*.")
    warnings.warn(Notice(f"{text}; {parts} beside it hold what there is"), stacklevel=2)
