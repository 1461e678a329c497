"""The timeline of a run: one process per rank, whose spans are what it does and whom it waits for.

A step is divided into the waits that the network measures anyway, and computing, which is all else, as in the trace's
``wait_time`` and ``compute_time``.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import perf_counter

import numpy as np

from p2pbo.config import Description
from p2pbo.errors import InputError, Notice
from p2pbo.network import Placement, Ranks, WaitObserver
from p2pbo.runner.timeline.clocks import clock_offset
from p2pbo.runner.timeline.files import (
    check_timeline_path,
    merge,
    merge_left,
    part_path,
    remove_further_parts,
    warn_of_parts,
)
from p2pbo.runner.timeline.part import TimelinePart

SPANS, FEWEST = 400_000, 2_000
"""The numbers of spans that all ranks together keep, and each rank at least: some 50 MB, which viewers open."""


class Timeline:
    """The timeline of a run that keeps none."""

    on_wait: WaitObserver | None = None

    def begin_step(self, step: int, begin: float) -> None:
        """Note that a step begins at a time of ``perf_counter``."""

    def end_step(self, end: float) -> None:
        """Note that the step ends."""

    @contextmanager
    def span(self, name: str, step: int) -> Iterator[None]:
        """Record what is done inside, after a step."""
        yield

    def close(self) -> None:
        """End this rank's part."""

    def discard(self) -> None:
        """Remove this rank's part: the run has not begun."""

    def gather(self) -> None:
        """Write the timeline of all ranks, on rank 0; to be called by all, whose parts are closed."""

    def collect(self, running: bool) -> None:
        """Write the timeline of the parts in its folder; ``running``: other ranks may still write theirs."""


def open_timeline(description: Description, ranks: Ranks) -> Timeline:
    """Return the timeline of a run of these ranks; called by all of them.

    Raises:
        InputError: a file cannot be written.
    """
    if description.timeline is None:
        return Timeline()
    assert description.nodes is not None  # the description has been resolved
    hosted = Placement(description.nodes, ranks.size).hosted(ranks.rank)
    path = Path(description.timeline)
    ranks.agree(lambda: check_timeline_path(path))
    return RecordedTimeline(path, ranks, hosted)


class RecordedTimeline(Timeline):
    """The timeline of a run that keeps one, as a file for each rank until its end.

    Args:
        path: of the file of all ranks, which is replaced; its name has been checked.
        ranks: of the run.
        hosted: the nodes of this rank.

    Raises:
        InputError: a file cannot be written.
    """

    def __init__(self, path: Path, ranks: Ranks, hosted: range) -> None:
        offset = clock_offset(ranks)
        start = ranks.broadcast(np.array([perf_counter()]))[0]  # rank 0's
        self._shift = offset.seconds - start
        self._path, self._ranks, self._processes = path, ranks, ranks.size
        self.on_wait = self._waited
        names: dict[str, dict[str, object]] = {
            "process_name": {"name": f"rank {ranks.rank} on {os.uname().nodename}"},
            "process_labels": {"labels": _labels(hosted, offset.error)},
            "process_sort_index": {"sort_index": ranks.rank},
            "thread_name": {"name": "steps"},
        }
        try:
            self._part = ranks.agree(lambda: self._opened(names))
        except InputError:
            self.discard()
            raise
        self._step = 0
        self._until: float | None = None  # the end of the last span of a step; None: outside of steps

    def _opened(self, names: dict[str, dict[str, object]]) -> TimelinePart:
        most = max(SPANS // self._processes, FEWEST)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._ranks.rank == 0:
                remove_further_parts(self._path, self._processes)
            return TimelinePart(part_path(self._path, self._ranks.rank), self._ranks.rank, names, most)
        except OSError as error:
            cause = f"cannot be written ({error.strerror}: {error.filename})"
            raise InputError(f"--timeline {self._path}", cause, "choose another file") from None

    def begin_step(self, step: int, begin: float) -> None:
        """Note that a step begins at a time of ``perf_counter``."""
        self._step, self._until = step, begin

    def end_step(self, end: float) -> None:
        """Note that the step ends."""
        self._computed(end)
        self._until = None

    def _waited(self, rank: int, begin: float, end: float) -> None:
        """Record that this rank has waited for another; what it did before was to compute."""
        if self._until is not None:
            self._computed(begin)
            self._until = end
        self._add(f"wait for rank {rank}", "wait", begin, end, b'"step":%d,"rank":%d' % (self._step, rank))

    def _computed(self, until: float) -> None:
        if self._until is not None and until > self._until:
            self._add("compute", "compute", self._until, until, b'"step":%d' % self._step)

    @contextmanager
    def span(self, name: str, step: int) -> Iterator[None]:
        """Record what is done inside, after a step."""
        begin = perf_counter()
        yield
        self._add(name, name, begin, perf_counter(), b'"step":%d' % step)

    def _add(self, name: str, kind: str, begin: float, end: float, args: bytes) -> None:
        try:
            self._part.add(name, kind, 1e6 * (begin + self._shift), 1e6 * (end + self._shift), args)
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


def _labels(hosted: range, error: float) -> str:
    """Return what viewers show beside a process: its nodes, and how well its clock is known."""
    nodes = f"node {hosted[0]}" if len(hosted) == 1 else f"nodes {hosted[0]}-{hosted[-1]}"
    return f"{nodes}, clock within {1e6 * error:.0f} µs" if error else nodes
