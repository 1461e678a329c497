"""A file that is consistent at any instant, for its readers and wherever the process that writes it is killed.

Writes wait in memory until a commit appends them to the journal. The changes in the journal are then applied to the
file and the journal is cleared: at once, or with a later commit if somebody is reading or the file has just changed. So
at any instant the file is as one commit left it, or the journal is complete and applying it again makes the file
consistent. Writes behind the end of the file do not wait: no structure of the file refers to them before the next
commit. This protects against a killed process, not a loss of power: only the end waits for the disk.

Readers hold a shared lock on the file (``flock``, as HDF5 does in every program that opens a file): while one is held
the file does not change, and during a change nobody gets one. The writer waits for a reader until the journal is larger
than ``FORCE_BYTES``, and at the end of the run for ``CLOSE_SECONDS``.
"""

from __future__ import annotations

import fcntl
import os
import time
import warnings
from contextlib import suppress
from pathlib import Path

from p2pbo.errors import InputError, Notice, WriteError
from p2pbo.trace.storage.journal import Changes, DirtyPages, JournalWriter, journal_path
from p2pbo.trace.storage.raw_file import RawFile, write_at

APPLY_PERIOD = 0.02
"""The least seconds between changes of the file: a reader who opens it during a change is refused."""
APPLY_BYTES = 1 << 22
"""The size of a journal that is applied before the period is over."""
FORCE_BYTES = 1 << 26
"""The size of a journal that is applied in spite of readers."""
CLAIM_SECONDS = 0.2
"""The time for which a process may hold the journal that only asks whether a run writes."""
CLOSE_SECONDS = 2.0
"""The time for which the end of a run waits for readers."""


class JournaledFile(RawFile):
    """The file at ``path`` for reading and writing; changes that its journal holds are applied first.

    Raises:
        InputError: another process writes the file.
        OSError: the file or its journal cannot be opened or written.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path.absolute(), os.O_RDWR)
        self._journal = JournalWriter(journal_path(self.path), os.O_RDWR | os.O_CREAT)
        _claim(self._journal, path)
        self._pages = DirtyPages(self.descriptor)  # committed, and not yet in the file
        self._waiting: list[tuple[int, bytes]] = []  # since the last commit
        self._free = 0  # no byte from here on is committed
        self._due = 0.0  # time of the next change of the file: a new one changes with its first commit
        self._recover()

    def readinto(self, block: memoryview) -> int:
        """Fill ``block`` from the position on, committed and waiting writes included."""
        start = self._position
        try:
            count = super().readinto(block)
        except OSError as error:  # whatever HDF5 makes of that must not be committed
            self._failure = self._failure or error
            raise
        self._pages.overlay(block, start)
        for offset, waiting in self._waiting:
            _overlay(block, start, offset, waiting)
        return count

    def truncate(self, size: int) -> int:
        """Give the file ``size`` bytes with the next commit; bytes cut off may come back until then."""
        self._size = size
        return size

    def commit(self) -> None:
        """Commit all writes since the last commit, or none of them.

        Raises:
            WriteError: it failed now or before; the file is as it was, or becomes consistent from its journal.
        """
        self._attempt(self._check_place)
        self._attempt(self._append_to_journal)
        self._attempt(self._apply_when_due)
        self.check()

    def sync(self) -> None:
        """Apply all commits to the file, and wait until it is on the disk."""
        self._attempt(self._apply_after_readers)
        super().sync()

    def close(self) -> None:
        """Close the file, and remove its journal unless that is to be applied, or tells that nobody writes."""
        with suppress(OSError):  # of a failed or interrupted commit the journal knows how far it came
            self._recover()
            if not (self.failure_raised and self._in_place()):
                self._journal.path.unlink()
        self._journal.close()
        super().close()

    def _put(self, block: bytes | memoryview) -> None:
        """Write at once behind all committed and waiting bytes, else let the write wait; a new file waits as well."""
        if 0 < self._free <= self._position:
            super()._put(block)
            self._pages.refresh(self._position, block)
            return
        self._waiting.append((self._position, bytes(block)))
        if self._free:
            self._free = max(self._free, self._position + len(block))

    def _append_to_journal(self) -> None:
        """Append the waiting writes to the journal."""
        changed = [write for waiting in self._waiting for write in self._pages.change(*waiting)]
        self._journal.append(Changes(changed, self._size))
        self._waiting = []
        self._free = max(self._free, self._size)  # a reader may still need what was cut off

    def _apply_when_due(self) -> None:
        length = self._journal.length
        due = length >= APPLY_BYTES or time.monotonic() >= self._due
        if due and (_locked(self.descriptor) or length >= FORCE_BYTES):
            self._apply()

    def _apply_after_readers(self) -> None:
        """Wait for the readers of the file, and apply the journal."""
        end = time.monotonic() + CLOSE_SECONDS
        while not _locked(self.descriptor) and time.monotonic() < end:
            time.sleep(0.01)
        self._apply()

    def _apply(self) -> None:
        """Apply the journal to the file; readers that overlap see another stamp."""
        try:
            self._journal.stamp()
            for offset, page in self._pages:
                write_at(self.descriptor, page, offset)
            os.ftruncate(self.descriptor, self._size)
            self._journal.clear()
        finally:
            with suppress(OSError):
                fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        self._forget_pages()
        self._due = time.monotonic() + APPLY_PERIOD

    def _forget_pages(self) -> None:
        self._pages.clear()
        self._free = self._size

    def _recover(self) -> None:
        """Apply the journal that was found; an incomplete last commit does not count."""
        left = self._journal.read_all().changes
        self._size = left.size if left else os.fstat(self.descriptor).st_size
        self._forget_pages()
        if left:
            for offset, block in left.writes:
                self._pages.write(offset, block)
            self._apply_after_readers()
        self._journal.clear()

    def _in_place(self) -> bool:
        with suppress(FileNotFoundError):
            return os.path.samestat(self.path.stat(), os.fstat(self.descriptor))
        return False

    def _check_place(self) -> None:
        if self._in_place():
            return
        remedy = "leave the files of a run in their place while it goes on, and start it again"
        raise WriteError(f"{self.path}", "was removed or replaced while it was written", remedy)


def _claim(journal: JournalWriter, path: Path) -> None:
    """Lock the journal for this process, and wait for others that only ask whether it is locked; warn without locks."""
    end = time.monotonic() + CLAIM_SECONDS
    try:
        while not _flocked(journal.descriptor):
            if time.monotonic() > end:
                remedy = "wait for that run to end, or choose another --out"
                raise InputError(f"{path}", "is being written by another process", remedy)
            time.sleep(0.01)
    except OSError as error:
        place = f"{path.absolute().parent} is on a file system without locks ({error.strerror})"
        remedy = "see that no two runs write one trace, and read it with other programs when it is complete"
        warnings.warn(Notice(f"{place}; {remedy}"), stacklevel=2)


def _locked(descriptor: int) -> bool:
    """Lock a file and tell whether that worked; a file system without locks does without."""
    try:
        return _flocked(descriptor)
    except OSError:
        return True


def _flocked(descriptor: int) -> bool:
    """Lock a file and tell whether that worked.

    Raises:
        OSError: its file system has no locks.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _overlay(block: memoryview, start: int, offset: int, written: bytes) -> None:
    """Put the bytes ``written`` at ``offset`` into ``block``, the bytes of the file from ``start`` on."""
    first, end = max(offset, start), min(offset + len(written), start + len(block))
    if first < end:
        block[first - start : end - start] = written[first - offset : end - offset]
