"""Checks of a trace: while it grows, after a kill, and at the end against the undisturbed one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from p2pbo.errors import InputError
from p2pbo.trace import Trace, open_trace
from p2pbo.trace.reading.multipart import END_VARIABLES

WriterId = tuple[int, int]
"""The identity of the writer of a file: its inode, and how often a run was resumed in it."""


@dataclass
class TraceReader:
    """A reader that reads the trace at ``path`` again and again.

    Attributes:
        seen: the most rows that were seen of each writer.
        refused: the reason why an existing trace did not open.
    """

    path: Path
    seen: dict[WriterId, int] = field(default_factory=dict)
    refused: str = ""

    def read(self) -> WriterId | None:
        """Read once and return the writer; None where there is no trace yet."""
        if not self.path.exists() or not (before := self.path.stat()).st_size:
            return None
        try:
            trace = open_trace(self.path)
            writer = before.st_ino, len(trace.attributes.get("resumed_at", []))
            rows = trace.rows
        except InputError as error:
            if self.path.exists() and self.path.stat().st_ino == before.st_ino:
                self.refused = f"{error}"
            return None
        self.seen[writer] = max(rows, self.seen.get(writer, 0))
        return writer

    def holds(self, kept: int) -> bool:
        """Tell whether the trace has all rows that were seen of its writer, and at least ``kept``."""
        promised = dict(self.seen)
        writer = self.read()
        if writer is None:
            return not kept and not self.seen
        return open_trace(self.path).rows >= max(kept, promised.get(writer, 0))


def difference(trace: Trace, reference: Trace) -> str:
    """Return the variables of a completed trace, times aside, that differ from ``reference`` in any bit."""
    names = [*_timeless(reference), *(name for name in END_VARIABLES if name in reference)]
    found = [name for name in names if name not in trace or not _same(trace, reference, name, None)]
    return ", ".join([*found, *[f"status {trace.status}"] * (trace.status != reference.status)])


def difference_so_far(trace: Trace, reference: Trace) -> str:
    """Return the variables of a trace, times aside, whose rows so far differ from ``reference`` in any bit."""
    rows = trace.rows
    names = _timeless(reference) if rows else []
    return ", ".join(name for name in names if not _same(trace, reference, name, rows))


def _timeless(trace: Trace) -> list[str]:
    return [name for name in ("step", *trace.metrics) if trace.field(name).units != "s"]


def _same(trace: Trace, reference: Trace, name: str, rows: int | None) -> bool:
    return np.array_equal(trace.values(name), reference.values(name)[:rows], equal_nan=True)
