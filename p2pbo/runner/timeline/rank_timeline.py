"""The timeline of ranks: each is a process, whose spans are what it does and whom it waits for.

A step is divided into the waits that the network measures anyway, and computing, which is all else, as in the trace's
``wait_time`` and ``compute_time``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import numpy as np

from p2pbo.network import Ranks
from p2pbo.runner.timeline.clocks import clock_offset
from p2pbo.runner.timeline.part import Row, process_names
from p2pbo.runner.timeline.written_timeline import WrittenTimeline


class RankTimeline(WrittenTimeline):
    """What one rank does, by rank 0's clock.

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
        self._shift, self._row = offset.seconds - start, Row(ranks.rank)
        name = f"rank {ranks.rank} on {os.uname().nodename}"
        super().__init__(path, ranks, process_names(ranks.rank, name, _labels(hosted, offset.error)))
        self.on_wait = self._waited
        self._step = 0
        self._until: float | None = None  # the end of the last span of a step; None: outside of steps

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
        self._span(f"wait for rank {rank}", "wait", begin, end, b'"step":%d,"rank":%d' % (self._step, rank))

    def _computed(self, until: float) -> None:
        if self._until is not None and until > self._until:
            self._span("compute", "compute", self._until, until, b'"step":%d' % self._step)

    @contextmanager
    def span(self, name: str, step: int) -> Iterator[None]:
        """Record what is done inside, after a step."""
        begin = perf_counter()
        yield
        self._span(name, name, begin, perf_counter(), b'"step":%d' % step)

    def _span(self, name: str, kind: str, begin: float, end: float, args: bytes) -> None:
        self._add(self._row, name, kind, begin + self._shift, end + self._shift, args)


def _labels(hosted: range, error: float) -> str:
    """Return what viewers show beside a process: its nodes, and how well its clock is known."""
    nodes = f"node {hosted[0]}" if len(hosted) == 1 else f"nodes {hosted[0]}-{hosted[-1]}"
    return f"{nodes}, clock within {1e6 * error:.0f} µs" if error else nodes
