"""Standard output and error of commands: no missing character, full disk or closed pipe ends a command.

Characters that the encoding lacks become question marks on standard output and escapes on standard error. Once a
write has failed the rest is dropped, and the command goes on with what it is there for; whoever holds the
:class:`OutputStream` learns of the failure at the end.
"""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from p2pbo.errors import WriteError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

OUTPUT, ERROR = 1, 2


class OutputStream(io.RawIOBase):
    """A stream to an open descriptor, up to its first failure; the descriptor stays open.

    Attributes:
        failure: the error of the first write that failed.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.failure: OSError | None = None
        self._descriptor, self._terminal = descriptor, os.isatty(descriptor)

    def check(self) -> None:
        """Check that everything was written, or nobody was there to read it: a closed pipe or terminal.

        Raises:
            WriteError: it was not.
        """
        reason = self.failure and self.failure.errno
        if reason and reason != errno.EPIPE and not (self._terminal and reason == errno.EIO):
            cause = f"cannot be written ({os.strerror(reason)})"
            raise WriteError("standard output", cause, "send it where there is room")

    def writable(self) -> bool:
        """Return True."""
        return True

    def isatty(self) -> bool:
        """Tell whether the descriptor is a terminal."""
        return self._terminal

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._descriptor

    def write(self, block: ReadableBuffer, /) -> int:
        """Write as much of ``block`` as goes in at once; all of it goes nowhere after a failure."""
        while self.failure is None:
            try:
                return os.write(self._descriptor, block)
            except BlockingIOError:  # another process has made it one that does not wait
                select.select([], [self._descriptor], [])
            except OSError as error:
                self.failure = error
        return memoryview(block).nbytes


@contextmanager
def standard_streams() -> Iterator[OutputStream]:
    """Let ``sys.stdout`` and ``sys.stderr``, inside, be such streams; yield that of standard output."""
    _fill_descriptors()
    before, outlet = (sys.stdout, sys.stderr), OutputStream(OUTPUT)
    sys.stdout = _through(outlet, sys.stdout, "replace")
    sys.stderr = _through(OutputStream(ERROR), sys.stderr, "backslashreplace")
    try:
        yield outlet
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.stdout, sys.stderr = before


def _fill_descriptors() -> None:
    """Open descriptors that were closed at the start, so that no file, such as a trace, gets their numbers."""
    for descriptor in range(ERROR + 1):
        try:
            os.fstat(descriptor)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)  # the lowest that is free


def _through(outlet: OutputStream, stream: TextIO | None, errors: str) -> TextIO:
    """Return a stream like ``stream`` through ``outlet``; one that does not lead to its descriptor stays as it is."""
    if stream is None:  # its descriptor was closed
        return io.TextIOWrapper(io.BufferedWriter(outlet), "utf-8", errors)
    if type(stream) is not io.TextIOWrapper or stream.fileno() != outlet.fileno():
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(outlet),
        stream.encoding,
        errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
