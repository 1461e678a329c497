"""The files of a run's timeline: a part of each rank while it runs, and all of them in one at its end."""

from __future__ import annotations

import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np

from p2pbo.errors import InputError, Notice
from p2pbo.network import Ranks
from p2pbo.runner.timeline.files import merge, merge_left, part_path, remove_further_parts, warn_of_parts
from p2pbo.runner.timeline.part import Names, Row, TimelinePart
from p2pbo.runner.timeline.timeline import Timeline

SPANS, FEWEST = 400_000, 2_000
"""The numbers of spans that all ranks together keep, and each rank at least: some 50 MB, which viewers open."""


class WrittenTimeline(Timeline):
    """The timeline of a run that keeps one, as a file for each rank until its end.

    Args:
        path: of the file of all ranks, which is replaced; its name has been checked.
        ranks: of the run.
        names: of this rank's rows of spans.

    Raises:
        InputError: a file cannot be written.
    """

    def __init__(self, path: Path, ranks: Ranks, names: Names) -> None:
        self._path, self._ranks, self._processes = path, ranks, ranks.size
        try:
            self._part = ranks.agree(lambda: self._opened(names))
        except InputError:
            self.discard()
            raise

    def _opened(self, names: Names) -> TimelinePart:
        most = max(SPANS // self._processes, FEWEST)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._ranks.rank == 0:
                remove_further_parts(self._path, self._processes)
            return TimelinePart(part_path(self._path, self._ranks.rank), names, most)
        except OSError as error:
            cause = f"cannot be written ({error.strerror}: {error.filename})"
            raise InputError(f"--timeline {self._path}", cause, "choose another file") from None

    def _add(self, row: Row, name: str, kind: str, begin: float, end: float, args: bytes) -> None:
        """Add a span from ``begin`` to ``end``, in seconds of the timeline."""
        try:
            self._part.add(row, name, kind, 1e6 * begin, 1e6 * end, args)
        except OSError as error:
            text = f"--timeline {self._path} ends before the run ({error.strerror})"
            warnings.warn(Notice(f"{text}; make room for it"), stacklevel=2)

    def close(self) -> None:
        """End this rank's part."""
        self._part.close()

    def discard(self) -> None:
        """Remove this rank's part: the run has not begun."""
        with suppress(OSError):
            part_path(self._path, self._ranks.rank).unlink()

    def gather(self) -> None:
        """Write the timeline of all ranks, on rank 0; to be called by all, whose parts are closed."""
        parts: list[bytes] = []
        own = self._part.path.read_bytes() if self._part.path.is_file() else b""
        self._ranks.rows(np.frombuffer(own, np.uint8), lambda part: parts.append(part.tobytes()))
        written = bool(parts) and self._written(parts)
        if self._ranks.total(np.array([int(written)])):
            self._part.path.unlink(missing_ok=True)

    def _written(self, parts: list[bytes]) -> bool:
        try:
            merge(self._path, parts)
        except OSError as error:
            warn_of_parts(self._path, error)
            return False
        return True

    def collect(self, running: bool) -> None:
        """Write the timeline of the parts in its folder; ``running``: other ranks may still write theirs."""
        merge_left(self._path, self._processes, running=running and self._processes > 1)
