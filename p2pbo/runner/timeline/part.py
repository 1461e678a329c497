"""A rank's part of a timeline: a JSON array of Chrome trace events that is whole at every moment.

    [{"name":"process_name","ph":"M",…}                                  what the process is called
    ,{"name":"compute","cat":"compute","ph":"X",…}                       spans, padded to LINE bytes each
    ]

A span is written at once, with the end of the array behind it, where the next one begins: a process that is killed
leaves all spans before. Of more than are kept the first half stays, and the others take the places of the second half
in turn.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LINE = 256
"""The length of a span in a part, in bytes; none lies on two pages, where a kill could come between."""

END = b"]\n"

THREAD = 1
"""The number of the one thread that has spans, in every process."""


class TimelinePart:
    """The file of one rank's events.

    Args:
        path: of the file, which is replaced.
        rank: of this process, and the number of the process in the events.
        names: the metadata events of the process: by name, their arguments.
        most: the number of spans that are kept.

    Raises:
        OSError: the file cannot be written.
    """

    def __init__(self, path: Path, rank: int, names: Mapping[str, Mapping[str, Any]], most: int) -> None:
        # fixed per run
        self.path, self._rank, self._most, self._first = path, rank, most, most - most // 2
        self._file: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
        events = [
            json.dumps({"name": name, "ph": "M", "pid": rank, "tid": THREAD, "args": args})
            for name, args in names.items()
        ]
        listed = "\n,".join(events)
        head = f"[{listed}".encode()
        self._begin = (len(head) // LINE + 1) * LINE
        # grows
        self._count = 0  # of all spans, also of those that have been replaced
        self._heads: dict[str, bytes] = {}
        os.pwrite(self._file, head.ljust(self._begin - 1) + b"\n" + END, 0)

    def add(self, name: str, kind: str, begin: float, end: float, args: bytes) -> None:
        """Add a span from ``begin`` to ``end``, in microseconds; ``args`` are the members of a JSON object.

        Raises:
            OSError: it cannot be written; the part holds the spans before, and takes no more.
        """
        if self._file is None:
            return
        head = self._heads.get(name) or self._head(name, kind)
        line = _line(head, begin, end, args)
        count = self._count
        if count < self._most:
            self._append(line, count)
        else:
            turn = (count - self._first) % (self._most - self._first)
            os.pwrite(self._file, line.ljust(LINE - 1) + b"\n", self._place(self._first + turn))
        self._count = count + 1

    def close(self) -> None:
        """End the part; where spans have been replaced, a span says how many, in their place."""
        if self._file is None:
            return
        dropped = self._count - self._most
        if dropped > 0:
            last, oldest = self._span(self._first - 1), self._span(self._oldest())
            begin, args = last["ts"] + last["dur"], b'"spans":%d' % dropped
            head = self._head(f"{dropped} spans left out", "left out")
            self._append(_line(head, begin, oldest["ts"], args), self._most)
        os.close(self._file)
        self._file = None

    def _oldest(self) -> int:
        return self._first + (self._count - self._first) % (self._most - self._first)

    def _append(self, line: bytes, index: int) -> None:
        assert self._file is not None
        text, place = line.ljust(LINE - 1) + b"\n" + END, self._place(index)
        try:
            if os.pwrite(self._file, text, place) < len(text):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
        except OSError:
            os.pwrite(self._file, END, place)
            os.truncate(self._file, place + len(END))
            os.close(self._file)
            self._file = None
            raise

    def _head(self, name: str, kind: str) -> bytes:
        text = f',{{"name":"{name}","cat":"{kind}","ph":"X","pid":{self._rank},"tid":{THREAD},"ts":'
        return self._heads.setdefault(name, text.encode())

    def _place(self, index: int) -> int:
        return self._begin + index * LINE

    def _span(self, index: int) -> dict[str, Any]:
        assert self._file is not None
        span: dict[str, Any] = json.loads(os.pread(self._file, LINE, self._place(index))[1:])
        return span


def _line(head: bytes, begin: float, end: float, args: bytes) -> bytes:
    return b'%b%.3f,"dur":%.3f,"args":{%b}}' % (head, begin, end - begin, args)
