"""A file that changes from commit to commit and never in between, wherever the process that writes it is killed.

Writes wait in memory, and reads see them. A commit writes them with a digest to FILE-journal, then does them in the
file, then empties the journal; so at any instant either the file is as the commit before left it, or the journal is
complete and the file becomes whole by doing it again. What comes behind the end of the last commit waits for nothing:
no structure of the file refers to it before the next one. A killed process is what is meant, not a machine without
power: the disk is waited for at the end only.
"""

from __future__ import annotations

import fcntl
import os
import struct
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from p2pbo.errors import InputError, WriteError
from p2pbo.trace.storage import Storage, write_at

MAGIC = b"p2pboJ1\n"
HEAD = struct.Struct("<8sQQ")  # magic, bytes of the file afterwards, bytes of all records
RECORD = struct.Struct("<QQ")  # offset, bytes that follow
DIGEST = 4  # the bytes of a CRC-32: it tells a journal that was cut short


@dataclass(frozen=True)
class Changes:
    """What a commit does: ``writes`` of bytes at offsets, after which the file has ``size`` bytes."""

    writes: Sequence[tuple[int, bytes]]
    size: int

    @classmethod
    def decode(cls, image: bytes) -> Changes | None:
        """What a journal says; None where it is not complete."""
        body, digest = image[:-DIGEST], image[-DIGEST:]
        if len(body) < HEAD.size or _digest(body) != digest:
            return None
        _, size, length = HEAD.unpack_from(body)
        writes, at, end = [], HEAD.size, HEAD.size + length
        while at < end:
            offset, count = RECORD.unpack_from(body, at)
            at += RECORD.size + count
            writes.append((offset, body[at - count : at]))
        return cls(writes, size)

    def encode(self) -> bytes:
        """The journal that says so."""
        records = [part for at, block in self.writes for part in (RECORD.pack(at, len(block)), block)]
        length = sum(map(len, records))
        body = b"".join([HEAD.pack(MAGIC, self.size, length), *records])
        return body + _digest(body)

    def overlay(self, block: memoryview, start: int) -> None:
        """Do them in ``block``, the bytes of the file from ``start`` on."""
        for offset, written in self.writes:
            first, end = max(offset, start), min(offset + len(written), start + len(block))
            if first < end:
                block[first - start : end - start] = written[first - offset : end - offset]


class Overlaid(Storage):
    """The file at ``path`` to be read, with ``changes`` done for the reader alone."""

    def __init__(self, path: Path, changes: Changes) -> None:
        super().__init__(path)
        self._changes = changes
        self._size = changes.size

    def readinto(self, block: memoryview) -> int:
        """Fill ``block`` from here on."""
        start = self._position
        count = super().readinto(block)
        self._changes.overlay(block, start)
        return count


class JournaledFile(Storage):
    """The file at ``path``, to be read and written; what a complete journal says is done first.

    Raises:
        InputError: another process writes the file.
        OSError: the file or its journal cannot be opened or written.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path.absolute(), os.O_RDWR)
        self._journal = Storage(journal_path(self.path), os.O_RDWR | os.O_CREAT)
        _lock(self._journal, path)
        left = waiting_changes(self.path)
        if left:
            self._do(left)
            self._size = left.size
        os.ftruncate(self._journal.descriptor, 0)  # an incomplete one is of a commit that has not been
        self._settled()

    def readinto(self, block: memoryview) -> int:
        """Fill ``block`` from here on, with what waits."""
        start = self._position
        try:
            count = super().readinto(block)
        except OSError as error:  # whatever HDF5 makes of that must not be committed
            self._failure = self._failure or error
            raise
        Changes(self._waiting, self._size).overlay(block, start)
        return count

    def truncate(self, size: int) -> int:
        """Let the file have so many bytes, from the next commit on; what is cut off may come back until then."""
        self._size = size
        return size

    def commit(self) -> None:
        """Let all that was written since the last commit be in the file, or nothing of it.

        Raises:
            WriteError: it failed now or before; the file is as it was, or becomes whole from its journal.
        """
        changes = Changes(self._waiting, self._size)
        self._attempt(self._check_place)
        self._attempt(lambda: self._announce(changes))
        self._attempt(lambda: self._do(changes))
        self.check()
        self._settled()

    def close(self) -> None:
        """Let go of the file, and of a journal that nobody needs."""
        self.sync()
        if not self._journal.size():
            with suppress(OSError):
                self._journal.path.unlink()
        self._journal.close()
        super().close()

    def _settled(self) -> None:
        self._waiting: list[tuple[int, bytes]] = []
        self._free = self._size

    def _put(self, block: bytes | memoryview) -> None:
        """Write behind all that is committed or waits, or wait; the first commit of a new file is a whole one too."""
        if 0 < self._free <= self._position:
            super()._put(block)
            return
        self._waiting.append((self._position, bytes(block)))
        if self._free:
            self._free = max(self._free, self._position + len(block))

    def _announce(self, changes: Changes) -> None:
        try:
            write_at(self._journal.descriptor, changes.encode(), 0)
        except OSError:
            with suppress(OSError):  # room for others, and nothing to be read there
                os.ftruncate(self._journal.descriptor, 0)
            raise

    def _do(self, changes: Changes) -> None:
        for offset, block in changes.writes:
            write_at(self.descriptor, block, offset)
        os.ftruncate(self.descriptor, changes.size)
        os.ftruncate(self._journal.descriptor, 0)

    def _check_place(self) -> None:
        with suppress(FileNotFoundError):
            if os.path.samestat(self.path.stat(), os.fstat(self.descriptor)):
                return
        remedy = "leave the files of a run in their place while it goes on, and start it again"
        raise WriteError(f"{self.path}", "was removed or replaced while it was written", remedy)


def journal_path(path: Path) -> Path:
    """Where the journal of the file ``path`` lies."""
    return path.with_name(f"{path.name}-journal")


def waiting_changes(path: Path) -> Changes | None:
    """What the file ``path`` lacks to be whole; None where it is, for then its journal is empty or incomplete."""
    journal = journal_path(path)
    try:
        return Changes.decode(journal.read_bytes()) if journal.stat().st_size else None
    except FileNotFoundError:
        return None


def image(path: Path) -> bytes:
    """All bytes of the file ``path``, with what a complete journal says."""
    changes = waiting_changes(path)
    storage = Overlaid(path, changes) if changes else Storage(path)
    size = storage.seek(0, os.SEEK_END)
    storage.seek(0)
    return storage.read(size)


def _lock(journal: Storage, path: Path) -> None:
    """Keep the journal for this process; a file system without locks has to do without."""
    try:
        fcntl.flock(journal.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        remedy = "wait for that run to end, or choose another --out"
        raise InputError(f"{path}", "is being written by another process", remedy) from None
    except OSError:
        pass


def _digest(body: bytes) -> bytes:
    return zlib.crc32(body).to_bytes(DIGEST, "little")
