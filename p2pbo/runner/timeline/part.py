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
from typing import Any, NamedTuple

LINE = 256
"""The length of a span in a part, in bytes; none lies on two pages, where a kill could come between."""

END = b"]\n"

STEPS = 1
"""The number of the thread with the steps, in every process."""


class Row(NamedTuple):
    """A row of spans: the numbers of its process and thread in the events."""

    process: int
    thread: int = STEPS


Names = Mapping[Row, Mapping[str, Mapping[str, Any]]]
"""The metadata events of each row: by name, their arguments."""


def process_names(process: int, name: str, label: str) -> Names:
    """Return the metadata events of a process and its row of steps; viewers show the label beside its name."""
    events: dict[str, Mapping[str, Any]] = {
        "process_name": {"name": name},
        "process_labels": {"labels": label},
        "process_sort_index": {"sort_index": process},
    }
    return {Row(process): events | thread_name("steps")}


def thread_name(name: str) -> dict[str, dict[str, Any]]:
    """Return the metadata event of a row."""
    return {"thread_name": {"name": name}}


class TimelinePart:
    """The file of one rank's events.

    Args:
        path: of the file, which is replaced.
        names: of its rows.
        most: the number of spans that are kept.

    Raises:
        OSError: the file cannot be written.
    """

    def __init__(self, path: Path, names: Names, most: int) -> None:
        # fixed per run
        self.path, self._most, self._first = path, most, most - most // 2
        self._file: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
        events = [
            json.dumps({"name": name, "ph": "M", "pid": row.process, "tid": row.thread, "args": args})
            for row, own in names.items()
            for name, args in own.items()
        ]
        listed = "\n,".join(events)
        head = f"[{listed}".encode()
        self._begin = (len(head) // LINE + 1) * LINE
        # grows
        self._count = 0  # of all spans, also of those that have been replaced
        self._heads: dict[tuple[Row, str], bytes] = {}
        os.pwrite(self._file, head.ljust(self._begin - 1) + b"\n" + END, 0)

    def add(self, row: Row, name: str, kind: str, begin: float, end: float, args: bytes) -> None:
        """Add a span from ``begin`` to ``end``, in microseconds; ``args`` are the members of a JSON object.

        Raises:
            OSError: it cannot be written; the part holds the spans before, and takes no more.
        """
        if self._file is None:
            return
        head = self._heads.get((row, name)) or self._head(row, name, kind)
        line = _line(head, begin, end, args)
        count = self._count
        if count < self._most:
            self._append(line, count)
        else:
            turn = (count - self._first) % (self._most - self._first)
            os.pwrite(self._file, line.ljust(LINE - 1) + b"\n", self._place(self._first + turn))
        self._count = count + 1

    def close(self) -> None:
        """End the part; where spans have been replaced, a span says how many, where one row lacks them."""
        if self._file is None:
            return
        dropped = self._count - self._most
        if dropped > 0:
            oldest = self._span(self._oldest())
            row, args = _row(oldest), b'"spans":%d' % dropped
            head = self._head(row, f"{dropped} spans left out", "left out")
            self._append(_line(head, self._end_before(row), oldest["ts"], args), self._most)
        os.close(self._file)
        self._file = None

    def _oldest(self) -> int:
        return self._first + (self._count - self._first) % (self._most - self._first)

    def _end_before(self, row: Row) -> float:
        """Return the end of a row's last span in the first half, which stays; 0: it has none there."""
        for index in reversed(range(self._first)):
            span = self._span(index)
            if _row(span) == row:
                return float(span["ts"] + span["dur"])
        return 0.0

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

    def _head(self, row: Row, name: str, kind: str) -> bytes:
        text = f',{{"name":"{name}","cat":"{kind}","ph":"X","pid":{row.process},"tid":{row.thread},"ts":'
        return self._heads.setdefault((row, name), text.encode())

    def _place(self, index: int) -> int:
        return self._begin + index * LINE

    def _span(self, index: int) -> dict[str, Any]:
        assert self._file is not None
        span: dict[str, Any] = json.loads(os.pread(self._file, LINE, self._place(index))[1:])
        return span


def _row(span: Mapping[str, Any]) -> Row:
    return Row(span["pid"], span["tid"])


def _line(head: bytes, begin: float, end: float, args: bytes) -> bytes:
    return b'%b%.3f,"dur":%.3f,"args":{%b}}' % (head, begin, end - begin, args)
