"""What a reader sees of a trace: while it grows, after a kill, and at the end beside the undisturbed one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from p2pbo.errors import InputError
from p2pbo.trace import Trace, open_trace

Start = tuple[int, int]
"""What wrote the file so far: its inode, and how often a run has gone on in it."""

ENDS = ("final_x", "final_y", "final_z", "edge_bytes", "edge_messages")


@dataclass
class Reader:
    """Somebody who looks at the trace at ``path`` again and again.

    Attributes:
        seen: the most rows seen of each start.
        refused: why the trace did not open though it was there.
    """

    path: Path
    seen: dict[Start, int] = field(default_factory=dict)
    refused: str = ""

    def look(self) -> Start | None:
        """Look once; None where there is no trace yet."""
        if not self.path.exists() or not (before := self.path.stat()).st_size:
            return None
        try:
            trace = open_trace(self.path)
            start = before.st_ino, len(trace.attributes.get("resumed_at", []))
            rows = trace.rows
        except InputError as error:
            if self.path.exists() and self.path.stat().st_ino == before.st_ino:
                self.refused = f"{error}"
            return None
        self.seen[start] = max(rows, self.seen.get(start, 0))
        return start

    def holds(self, kept: int) -> bool:
        """Tell whether the trace has all rows that were seen of its start, and no less than ``kept``."""
        promised = dict(self.seen)
        start = self.look()
        if start is None:
            return not kept and not self.seen
        return open_trace(self.path).rows >= max(kept, promised.get(start, 0))


def difference(trace: Trace, reference: Trace) -> str:
    """Return what of a completed trace is not bit for bit as in ``reference``, times aside."""
    names = [*_timeless(reference), *(name for name in ENDS if name in reference)]
    found = [name for name in names if name not in trace or not _same(trace, reference, name, None)]
    return ", ".join([*found, *[f"status {trace.status}"] * (trace.status != reference.status)])


def difference_so_far(trace: Trace, reference: Trace) -> str:
    """Return what of a trace's rows is not bit for bit as in those of ``reference``, times aside."""
    rows = trace.rows
    names = _timeless(reference) if rows else []
    return ", ".join(name for name in names if not _same(trace, reference, name, rows))


def _timeless(trace: Trace) -> list[str]:
    return [name for name in ("step", *trace.metrics) if trace.field(name).units != "s"]


def _same(trace: Trace, reference: Trace, name: str, rows: int | None) -> bool:
    return np.array_equal(trace.values(name), reference.values(name)[:rows], equal_nan=True)
