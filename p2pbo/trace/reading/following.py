"""Following a trace that its run is writing: look after look, until the run has ended."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from p2pbo.trace.reading.reader import Trace
from p2pbo.trace.reading.status import RUNNING, UNCERTAIN
from p2pbo.trace.record import TraceRow


@dataclass(frozen=True)
class Look:
    """What a look at a trace has found.

    Attributes:
        rows: the rows that are new.
        status: of the run.
        silence: the seconds in which no row has come, since the first look.
    """

    rows: list[TraceRow]
    status: str
    silence: float


def follow(trace: Trace, period: float, patience: float) -> Iterator[Look]:
    """Yield looks at a trace, one each ``period`` seconds; the last one finds the end of the run, and its last rows.

    Where nobody can tell whether the run goes on, as on another host than its own, the last one is that after
    ``patience`` seconds without a row.
    """
    seen, came = 0, time.monotonic()
    while True:
        status = trace.status  # first: a writer logs its rows before it ends
        seen = min(seen, trace.rows)  # a run that is resumed makes some rows anew
        rows = trace.rows_from(seen)
        now = time.monotonic()
        seen, came = seen + len(rows), now if rows else came
        yield Look(rows, status, now - came)
        if status != RUNNING and (status != UNCERTAIN or now - came >= patience):
            return
        time.sleep(period)
