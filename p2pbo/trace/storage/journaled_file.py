"""A file that is whole at any instant: for whoever reads it, and wherever the process that writes it is killed.

Writes wait in memory until a commit adds them to the journal. What the journal says is then done in the file, and the
journal emptied: at once, or with a later commit if somebody is just reading or the file has changed a moment ago. So at
any instant the file is as one commit left it, or the journal is complete and the file becomes whole by doing it again.
What comes behind the end of the file waits for nothing: no structure of the file refers to it before the next commit. A
killed process is what is meant, not a machine without power: the disk is waited for at the end only.

Readers hold a shared lock on the file (``flock``, as HDF5 does in every program that opens a file): while one is held
nothing is changed, and in the instant of a change nobody gets one. One who does not let go is waited for as long as the
journal is not larger than ``LIMIT``, and at the end of the run for ``PATIENCE`` seconds.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

from p2pbo.errors import InputError, WriteError
from p2pbo.trace.storage.dirty_pages import Pages
from p2pbo.trace.storage.journal import Changes, JournalWriter, journal_path
from p2pbo.trace.storage.raw_file import Storage, write_at

PERIOD = (
    0.02  # seconds at least between changes of the file: a reader who comes in the instant of one is refused
)
ENOUGH = 1 << 22  # bytes of a journal that is not kept until the period is over
LIMIT = 1 << 26  # bytes of a journal for whose sake readers are no longer waited for
LOOKING = 0.2  # seconds for which a look whether somebody writes may keep the journal
PATIENCE = 2.0  # seconds for which the end of a run waits for readers


class JournaledFile(Storage):
    """The file at ``path``, to be read and written; what its journal says is done first.

    Raises:
        InputError: another process writes the file.
        OSError: the file or its journal cannot be opened or written.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path.absolute(), os.O_RDWR)
        self._journal = JournalWriter(journal_path(self.path), os.O_RDWR | os.O_CREAT)
        _claim(self._journal, path)
        self._pages = Pages(self.descriptor)  # committed, and not yet in the file
        self._waiting: list[tuple[int, bytes]] = []  # since the last commit
        self._free = 0  # from here on nothing is committed
        self._due = 0.0  # when the file is changed next: a new one by its first commit
        self._take_up()

    def readinto(self, block: memoryview) -> int:
        """Fill ``block`` from here on, with what is committed and what waits."""
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
        """Let the file have so many bytes, from the next commit on; what is cut off may come back until then."""
        self._size = size
        return size

    def commit(self) -> None:
        """Let all that was written since the last commit be in the file, or nothing of it.

        Raises:
            WriteError: it failed now or before; the file is as it was, or becomes whole from its journal.
        """
        self._attempt(self._check_place)
        self._attempt(self._announce)
        self._attempt(self._settle_when_due)
        self.check()

    def sync(self) -> None:
        """Have what was committed in the file, and the file on the disk."""
        self._attempt(self._settle)
        super().sync()

    def close(self) -> None:
        """Let go of the file, and of its journal unless that is needed: to be done, or to tell that nobody writes."""
        with suppress(OSError):  # of a failed or interrupted commit the journal knows how far it came
            self._take_up()
            if not (self.told and self._in_place()):
                self._journal.path.unlink()
        self._journal.close()
        super().close()

    def _put(self, block: bytes | memoryview) -> None:
        """Write behind all that is committed or waits, or wait; the first commit of a new file is a whole one too."""
        if 0 < self._free <= self._position:
            super()._put(block)
            self._pages.refresh(self._position, block)
            return
        self._waiting.append((self._position, bytes(block)))
        if self._free:
            self._free = max(self._free, self._position + len(block))

    def _announce(self) -> None:
        """Commit what waits to the journal."""
        changed = [write for waiting in self._waiting for write in self._pages.change(*waiting)]
        self._journal.append(Changes(changed, self._size))
        self._waiting = []
        self._free = max(self._free, self._size)  # a reader may still need what was cut off

    def _settle_when_due(self) -> None:
        length = self._journal.length
        due = length >= ENOUGH or time.monotonic() >= self._due
        if due and (_locked(self.descriptor) or length >= LIMIT):
            self._do()

    def _settle(self) -> None:
        """Wait for those who read the file, and do what is committed."""
        end = time.monotonic() + PATIENCE
        while not _locked(self.descriptor) and time.monotonic() < end:
            time.sleep(0.01)
        self._do()

    def _do(self) -> None:
        """Do what is committed; whoever has read less of the journal sees another stamp afterwards."""
        try:
            self._journal.stamp()
            for offset, page in self._pages:
                write_at(self.descriptor, page, offset)
            os.ftruncate(self.descriptor, self._size)
            self._journal.empty()
        finally:
            with suppress(OSError):
                fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        self._settled()
        self._due = time.monotonic() + PERIOD

    def _settled(self) -> None:
        self._pages.clear()
        self._free = self._size

    def _take_up(self) -> None:
        """Do what the journal says; the end of an incomplete one is of a commit that has not been."""
        left = self._journal.read_all().changes
        self._size = left.size if left else os.fstat(self.descriptor).st_size
        self._settled()
        if left:
            for offset, block in left.writes:
                self._pages.write(offset, block)
            self._settle()
        self._journal.empty()

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
    """Keep the journal for this process, and wait for those who only look whether somebody does."""
    end = time.monotonic() + LOOKING
    while not _locked(journal.descriptor):
        if time.monotonic() > end:
            remedy = "wait for that run to end, or choose another --out"
            raise InputError(f"{path}", "is being written by another process", remedy)
        time.sleep(0.01)


def _locked(descriptor: int) -> bool:
    """Lock a file if nobody else does; a file system without locks has to do without."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def _overlay(block: memoryview, start: int, offset: int, written: bytes) -> None:
    """Put what is ``written`` at ``offset`` into ``block``, the bytes of the file from ``start`` on."""
    first, end = max(offset, start), min(offset + len(written), start + len(block))
    if first < end:
        block[first - start : end - start] = written[first - offset : end - offset]
