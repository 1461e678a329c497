"""Changes of a file that are not in the file yet: on the disk in its journal, FILE-journal, and as pages in memory.

A journal is a head and a record for each commit, each with a digest: in a journal that was cut short complete records
are valid. The head has a *stamp* that changes before and after changes are applied: a reader who finds the same stamp
before and after reading the file and the journal has read them as of one commit.
"""

from __future__ import annotations

import os
import struct
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from p2pbo.trace.storage.raw_file import RawFile, read_at, write_at

MAGIC = b"p2pboJ2\n"
FIRST_MAGIC = b"p2pboJ1\n"
"""The magic of journals of p2pbo 0.1, which have no stamp and one commit."""
HEAD = struct.Struct("<8sQ")  # magic, stamp
COMMIT = struct.Struct("<QQ")  # size of the file afterwards, bytes of all its pieces
PIECE = struct.Struct("<QQ")  # offset, bytes that follow
DIGEST = 4  # bytes of a CRC-32, which detects a commit that was cut short
NO_JOURNAL = 0
"""The stamp where there is no journal."""
PAGE_BYTES = 4096


@dataclass(frozen=True)
class Changes:
    """Changes of a file: ``writes`` of bytes at offsets, in this order, after which it has ``size`` bytes."""

    writes: Sequence[tuple[int, bytes]]
    size: int

    def encode(self) -> bytes:
        """Return the record of a commit with these changes."""
        pieces = [part for at, block in self.writes for part in (PIECE.pack(at, len(block)), block)]
        body = b"".join([COMMIT.pack(self.size, sum(map(len, pieces))), *pieces])
        return body + _digest(MAGIC, body)


@dataclass(frozen=True)
class Journal:
    """A journal as it was read: its stamp, and the changes of all its commits; None without a commit."""

    stamp: int
    changes: Changes | None

    @classmethod
    def of(cls, path: Path) -> Journal:
        """Read the journal of the file ``path``."""
        try:
            return cls.decode(journal_path(path).read_bytes())
        except FileNotFoundError:
            return cls(NO_JOURNAL, None)

    @classmethod
    def decode(cls, image: bytes) -> Journal:
        """Return the journal that these bytes encode."""
        commits = list(_commits(image))
        writes = [write for commit in commits for write in commit.writes]
        return cls(_stamp(image), Changes(writes, commits[-1].size) if commits else None)


def journal_path(path: Path) -> Path:
    """Return the path of the journal of the file ``path``."""
    return path.with_name(f"{path.name}-journal")


def stamp_of(path: Path) -> int:
    """Read the stamp of the journal of the file ``path``."""
    try:
        with journal_path(path).open("rb") as journal:
            return _stamp(journal.read(HEAD.size))
    except FileNotFoundError:
        return NO_JOURNAL


class JournalWriter(RawFile):
    """The journal at ``path``, for the one process that writes the file.

    Attributes:
        length: its valid bytes.
    """

    length = HEAD.size

    def read_all(self) -> Journal:
        """Read the journal from its beginning."""
        self.seek(0)
        return Journal.decode(self.read(self.size()))

    def stamp(self) -> None:
        """Write a new stamp into the head."""
        write_at(self.descriptor, HEAD.pack(MAGIC, time.time_ns()), 0)

    def append(self, changes: Changes) -> None:
        """Append a commit with these changes."""
        record = changes.encode()
        try:
            write_at(self.descriptor, record, self.length)
        except OSError:
            with suppress(OSError):  # room for others
                self._cut()
            raise
        self.length += len(record)

    def clear(self) -> None:
        """Remove all commits, whose changes have been applied."""
        self.length = HEAD.size
        self.stamp()
        self._cut()

    def _cut(self) -> None:
        os.ftruncate(self.descriptor, self.length)


class DirtyPages:
    """Pages of the open file ``descriptor`` with changes that it does not have; they overlay what is read from it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pages: dict[int, bytearray] = {}

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Yield the offsets and bytes of the pages in order."""
        return ((number * PAGE_BYTES, bytes(self._pages[number])) for number in sorted(self._pages))

    def write(self, offset: int, block: bytes | memoryview) -> None:
        """Write ``block`` at ``offset``."""
        for number, here, there in _page_parts(offset, len(block)):
            self._page(number)[here] = block[there]

    def change(self, offset: int, block: bytes) -> Iterator[tuple[int, bytes]]:
        """Write ``block`` at ``offset``, and yield its changes: of each page the span of bytes that differ, if any."""
        for number, here, there in _page_parts(offset, len(block)):
            page, part = self._page(number), block[there]
            if (before := bytes(page[here])) != part:
                first, end = _differing(before, part)
                yield offset + there.start + first, part[first:end]
                page[here] = part

    def refresh(self, offset: int, block: bytes | memoryview) -> None:
        """Update the pages after ``block`` has been written to the file itself."""
        for number, here, there in _page_parts(offset, len(block)):
            if number in self._pages:
                self._pages[number][here] = block[there]

    def overlay(self, block: memoryview, offset: int) -> None:
        """Put the pages into ``block``, the bytes of the file from ``offset`` on."""
        for number, here, there in _page_parts(offset, len(block)):
            if number in self._pages:
                block[there] = self._pages[number][here]

    def clear(self) -> None:
        """Forget all pages, which are in the file now."""
        self._pages.clear()

    def _page(self, number: int) -> bytearray:
        if number not in self._pages:
            page = bytearray(PAGE_BYTES)
            read_at(self._descriptor, memoryview(page), number * PAGE_BYTES)
            self._pages[number] = page
        return self._pages[number]


def _stamp(image: bytes) -> int:
    magic, stamp = HEAD.unpack_from(image) if len(image) >= HEAD.size else (b"", NO_JOURNAL)
    return stamp if magic == MAGIC else NO_JOURNAL


def _commits(image: bytes) -> Iterator[Changes]:
    """Yield the changes of complete commits, up to the first incomplete one."""
    magic = image[: len(MAGIC)]
    start = {MAGIC: HEAD.size, FIRST_MAGIC: len(FIRST_MAGIC)}.get(magic, len(image))
    while start + COMMIT.size <= len(image):
        size, length = COMMIT.unpack_from(image, start)
        end = start + COMMIT.size + length
        if image[end : end + DIGEST] != _digest(magic, image[start:end]):
            return
        yield Changes(list(_pieces(image, start + COMMIT.size, end)), size)
        start = end + DIGEST


def _pieces(image: bytes, at: int, end: int) -> Iterator[tuple[int, bytes]]:
    while at < end:
        offset, count = PIECE.unpack_from(image, at)
        at += PIECE.size + count
        yield offset, image[at - count : at]


def _digest(magic: bytes, body: bytes) -> bytes:
    return zlib.crc32(body, zlib.crc32(magic)).to_bytes(DIGEST, "little")


def _differing(before: bytes, after: bytes) -> tuple[int, int]:
    """Return the first and the end of the bytes that differ; at least one does."""
    bits = int.from_bytes(before, "little") ^ int.from_bytes(after, "little")
    return ((bits & -bits).bit_length() - 1) // 8, (bits.bit_length() + 7) // 8


def _page_parts(offset: int, length: int) -> Iterator[tuple[int, slice, slice]]:
    """Yield the numbers of the pages under ``length`` bytes at ``offset``, each with its slices of page and bytes."""
    end = offset + length
    for number in range(offset // PAGE_BYTES, -(-end // PAGE_BYTES)):
        first, last = max(offset, number * PAGE_BYTES), min(end, (number + 1) * PAGE_BYTES)
        start = number * PAGE_BYTES
        yield number, slice(first - start, last - start), slice(first - offset, last - offset)
