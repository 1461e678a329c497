"""The watchdog: a rank without progress prints what it waits for and where it is, and ends the job.

It is a thread of its own in every process, so that it reports where the main thread waits for a message that never
comes. A rank whose main thread keeps the interpreter's lock for ever cannot report; those that wait for it name it.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from typing import NamedTuple

from p2pbo.runner.process.abort import abort_job
from p2pbo.runner.process.exit_codes import REPORT_SECONDS, STALLED

TICKS = 60
"""The number of looks within a timeout; looks are counted, so that time while the process was suspended is no stall."""

_STDERR = 2


class Beat(NamedTuple):
    """A sign of progress: what a rank does from then on, and whether others miss it where it stalls."""

    doing: str
    step: int
    missed: bool


class Watchdog:
    """A thread that watches the one that enters it, until that leaves.

    Args:
        timeout: seconds without a beat after which the rank has stalled; 0: never.
        rank: of this process.
        waiting: gives the ranks whose messages have not come; called from the watchdog's thread.
        nodes_of: gives the nodes that a rank hosts.
        abort: ends the job with an exit code; called from the watchdog's thread, with the process's end to follow.
    """

    def __init__(
        self,
        timeout: float,
        rank: int,
        waiting: Callable[[], Sequence[int]],
        nodes_of: Callable[[int], range],
        abort: Callable[[int], None],
    ) -> None:
        self._timeout, self._rank = timeout, rank
        self._waiting, self._nodes_of, self._abort = waiting, nodes_of, abort
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._watched = 0
        self.beat("step", 0)

    def beat(self, doing: str, step: int, *, missed: bool = True) -> None:
        """Note progress: from now on this rank is "in ``doing`` ``step``", such as "in step 17".

        Where it is not ``missed``, others go on without it: it says that it has stalled, and ends nobody.
        """
        self._last = Beat(doing, step, missed)  # a new object each time, which is how the thread knows of it

    def __enter__(self) -> Watchdog:
        self._watched = threading.get_ident()
        if self._timeout:
            self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._left.set()
        if self._timeout:
            self._thread.join()

    def _watch(self) -> None:
        seen, still = self._last, 0
        while not self._left.wait(self._timeout / TICKS):
            last = self._last
            seen, still = last, still + 1 if last is seen else 0
            if still == TICKS:
                self._stalled(seen)

    def _stalled(self, last: Beat) -> None:
        """Print the report; give the others time for theirs, and this rank a last chance; then end the job."""
        try:
            os.write(_STDERR, self._report(last.doing, last.step).encode(errors="backslashreplace"))
        finally:  # also where standard error is closed
            if last.missed and not self._left.wait(REPORT_SECONDS) and self._last is last:
                abort_job(self._abort, STALLED)

    def _report(self, doing: str, step: int) -> str:
        peers = ", ".join(self._name(peer) for peer in self._waiting())
        stack = "".join(traceback.format_stack(sys._current_frames()[self._watched]))
        return (
            f"p2pbo: {self._name(self._rank)} has made no progress for {self._timeout:g} s in {doing} {step}: "
            f"waits for {peers or 'nobody: it is computing'}\n{stack}"
        )

    def _name(self, rank: int) -> str:
        """Return ``rank 3 (nodes 6–7)``."""
        nodes = self._nodes_of(rank)
        hosted = f"node {nodes[0]}" if len(nodes) == 1 else f"nodes {nodes[0]}–{nodes[-1]}"
        return f"rank {rank} ({hosted})"
