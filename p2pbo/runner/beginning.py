"""How a run begins: anew, from a checkpoint, or not at all because it has been completed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from p2pbo.errors import InputError
from p2pbo.runner.checkpoints import find, forget
from p2pbo.runner.setup import Local
from p2pbo.trace import COMPLETED, Header, Trace, TraceWriter, open_trace
from p2pbo.trace.checkpoint import Checkpoint
from p2pbo.trace.parts import later_parts


@dataclass(frozen=True)
class Beginning:
    """Where a run's trace goes, and what there is of an earlier start.

    Attributes:
        out: the trace's file; None: it stays in memory.
        checkpoint: what the run goes on from.
        again: whether an earlier start left a trace but no checkpoint.
        completed: the trace, where the run has come to its end before.
    """

    out: Path | None
    checkpoint: Checkpoint | None = None
    again: bool = False
    completed: Trace | None = None

    def __str__(self) -> str:
        return f"{self.checkpoint.step if self.checkpoint else None} {self.completed is not None}"

    @classmethod
    def of(cls, local: Local, resume: bool) -> Beginning:
        """How ``local`` begins.

        Raises:
            InputError: there is nothing to go on with, or it is of another run.
        """
        out = Path(local.description.out) if local.description.out else None
        if not resume:
            return cls(out)
        if out is None:
            raise InputError("--resume", "has no file to go on with", "name the run's trace with --out")
        checkpoint, there = find(local), out.exists()
        if checkpoint is not None and not there:
            cause = f"is gone, and {checkpoint.path} cannot go on without it"
            raise InputError(f"{out}", cause, "restore it, or remove the checkpoint to begin again")
        trace = open_trace(out) if there and out.stat().st_size else None
        ended = trace is not None and trace.status == COMPLETED
        enough = trace is not None and trace.description["steps"] >= local.description.steps
        return cls(out, checkpoint, there and checkpoint is None, trace if ended and enough else None)

    def writer(self, header: Header) -> TraceWriter:
        """Of the trace that begins, or goes on.

        Raises:
            InputError: it cannot be written.
        """
        if self.checkpoint is not None and self.out is not None:
            return TraceWriter.resume(self.out, self.checkpoint.step)
        if self.out is not None:
            if self.again:
                for path in (self.out, *later_parts(self.out)):
                    path.unlink()
            if not self.out.exists():
                forget(self.out)
        return TraceWriter(self.out, header)
