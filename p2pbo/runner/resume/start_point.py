"""How a run begins: anew, from a checkpoint, or not at all because it has been completed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from p2pbo.config.description import BESIDE_THE_NUMBERS
from p2pbo.errors import InputError
from p2pbo.network import Ranks
from p2pbo.runner.assembly import Local
from p2pbo.runner.output_files import check_lengths, check_place
from p2pbo.runner.resume.checkpoints import checkpoint_of, forget
from p2pbo.trace import COMPLETED, Header, Trace, TraceWriter, open_trace
from p2pbo.trace.checkpoint import Checkpoint, open_checkpoint, previous
from p2pbo.trace.formula_changes import FIRST, kept_otherwise
from p2pbo.trace.reading.multipart import later_parts
from p2pbo.trace.reading.reader import opened
from p2pbo.trace.storage.journaled_file import JournaledFile
from p2pbo.version import VERSION

LATER = (*BESIDE_THE_NUMBERS, "steps")
"""What may be said otherwise when a run goes on."""


@dataclass(frozen=True)
class Beginning:
    """Where a run's trace goes, and what there is of an earlier start.

    Attributes:
        out: the trace's file; None: it stays in memory.
        checkpoint: what the run goes on from.
        done: whether the run has come to its end before.
        again: whether an earlier start left a trace but no checkpoint.
    """

    out: Path | None
    checkpoint: Checkpoint | None = None
    done: bool = False
    again: bool = False

    @classmethod
    def of(cls, local: Local, resume: bool) -> Beginning:
        """Return how ``local`` begins.

        Raises:
            InputError: there is nothing to go on with, or it is of another run.
        """
        out = Path(local.description.out) if local.description.out else None
        if out is None and local.description.checkpoint_every is not None:
            cause = "keeps its files beside the trace, which goes nowhere"
            raise InputError("--checkpoint-every", cause, "name the trace with --out")
        if not resume:
            if out is not None:
                check_place(out)
            return cls(out)
        if out is None:
            raise InputError("--resume", "has no file to go on with", "name the run's trace with --out")
        check_lengths(out)
        trace = opened(out) if out.exists() and out.stat().st_size else None
        if trace is not None:
            _check_same(str(out), trace.description, local)
        checkpoint = _find(local, checkpoint_of(out))
        if checkpoint is not None and trace is None:
            cause = f"is gone, and {checkpoint.path} cannot go on without it"
            raise InputError(f"{out}", cause, "restore it, or remove the checkpoint to begin again")
        if trace is not None and trace.status == COMPLETED:
            return cls._of_completed(out, trace, checkpoint, local.description.steps)
        again = checkpoint is None and out.exists()
        if checkpoint is None and not again:
            check_place(out)
        return cls(out, checkpoint, again=again)

    @classmethod
    def _of_completed(cls, out: Path, trace: Trace, checkpoint: Checkpoint | None, steps: int) -> Beginning:
        if trace.description["steps"] >= steps:
            return cls(out, done=True)
        if checkpoint is None:
            cause = f"is complete with {trace.description['steps']} steps, and there is no checkpoint"
            raise InputError(
                f"{out}", cause, "choose another --out, and --checkpoint-every to be able to go on"
            )
        return cls(out, checkpoint)

    def trace(self) -> Trace:
        """Return the one that is there."""
        assert self.out is not None
        return open_trace(self.out)

    def writer(self, header: Header) -> TraceWriter:
        """Of the trace that begins, or goes on.

        Raises:
            InputError: it cannot be written.
        """
        if self.checkpoint is not None and self.out is not None:
            writer = TraceWriter.resume(self.out, self.checkpoint.step)
            writer.describe(header.description)
            return writer
        if self.out is not None and self.again:
            JournaledFile(self.out).close()  # refuses where another process writes it
            discard(self.out)
        writer = TraceWriter(self.out, header)
        if self.out is not None:
            forget(self.out)  # of an earlier run in this place
        return writer


def discard(out: Path) -> None:
    """Remove what a run has written to ``out`` so far."""
    for path in (out, *later_parts(out)):
        path.unlink(missing_ok=True)
    forget(out)


def begin(local: Local, resume: bool, ranks: Ranks) -> Beginning:
    """How ``local`` begins on all ranks: as rank 0 finds it, which alone reads a whole checkpoint to verify it.

    Raises:
        InputError: as in :meth:`Beginning.of`, on all ranks.
    """
    found = ranks.agree(lambda: Beginning.of(local, resume) if ranks.rank == 0 else None)
    kept = found.checkpoint if found is not None else None
    told = [str(kept.path) if kept is not None else None, found is not None and found.done]
    path, done = json.loads(ranks.all_texts(json.dumps(told))[0])
    if found is not None:
        return found
    out = Path(local.description.out) if local.description.out else None
    return Beginning(out, Checkpoint(Path(path), verified=True) if path else None, done)


def _find(local: Local, path: Path) -> Checkpoint | None:
    """Return the checkpoint at ``path``, or the generation before; None if there is neither."""
    if not path.exists() and not previous(path).exists():
        return None
    checkpoint = open_checkpoint(path)
    _check_same(str(checkpoint.path), checkpoint.description, local)
    _check_formulas(checkpoint)
    if checkpoint.step > local.description.steps:
        cause = f"is at step {checkpoint.step}, behind the last of {local.description.steps} steps"
        raise InputError(f"{checkpoint.path}", cause, f"use --steps {checkpoint.step} or more")
    return checkpoint


def _check_formulas(checkpoint: Checkpoint) -> None:
    """Check that the rest of the run would be computed as its beginning was."""
    version = str(checkpoint.attributes.get("p2pbo_version", FIRST))
    others = kept_otherwise(version, checkpoint.description)
    if others:
        cause = f"is of p2pbo {version}, which {' and '.join(others)}, and p2pbo {VERSION} does not"
        raise InputError(f"{checkpoint.path}", cause, "run it anew, without --resume and with another --out")


def _check_same(subject: str, description: Mapping[str, Any], local: Local) -> None:
    now = local.description.portable()
    for field, value in description.items():
        if field not in LATER and now.get(field) != value:
            cause = f"is of a run with {field} = {json.dumps(value)}, not {json.dumps(now.get(field))}"
            raise InputError(subject, cause, "choose another --out, or give that run's settings")
