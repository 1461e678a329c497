"""Where a run starts: at step 0, at a checkpoint, or not at all because it has been completed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from p2pbo.config import Description
from p2pbo.config.description import LATER_FIELDS, NOT_PART_OF_IDENTITY
from p2pbo.errors import InputError
from p2pbo.network import Ranks
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.output_files import check_output_path, check_path_lengths
from p2pbo.runner.resume.checkpoints import checkpoint_path, remove_checkpoints
from p2pbo.runner.stopping.until import UNTIL, Until
from p2pbo.trace import COMPLETED, Header, Trace, TraceWriter, open_trace
from p2pbo.trace.checkpoint import Checkpoint, open_checkpoint, previous_generation
from p2pbo.trace.formula_changes import FIRST_VERSION, incompatible_state
from p2pbo.trace.reading.multipart import later_parts
from p2pbo.trace.reading.reader import open_silently
from p2pbo.trace.storage.journaled_file import JournaledFile
from p2pbo.version import VERSION

MAY_CHANGE = (*NOT_PART_OF_IDENTITY, "steps", "until")
"""The fields of a description that may change when a run is resumed."""


@dataclass(frozen=True)
class StartPoint:
    """The point that a run starts from, and the file that its trace goes to.

    Attributes:
        out: the trace's file; None: it stays in memory.
        checkpoint: what the run is resumed from; None: it starts at step 0.
        completed: whether the run has come to its end before.
        replaces: whether an earlier start left a trace but no checkpoint; its trace is replaced.
    """

    out: Path | None
    checkpoint: Checkpoint | None = None
    completed: bool = False
    replaces: bool = False

    @classmethod
    def of(cls, assembly: Assembly, resume: bool) -> StartPoint:
        """Return the start point of the run ``assembly``, by the files of an earlier start.

        Raises:
            InputError: there is nothing to go on with, or it is of another run.
        """
        out = Path(assembly.description.out) if assembly.description.out else None
        if out is None:
            _check_keeps_nothing(assembly.description)
        if not resume:
            if out is not None:
                check_output_path(out)
            return cls(out)
        if out is None:
            raise InputError("--resume", "has no file to go on with", "name the run's trace with --out")
        check_path_lengths(out)
        trace = open_silently(out) if out.exists() and out.stat().st_size else None
        if trace is not None:
            _check_same(str(out), trace.description, assembly)
        checkpoint = _find(assembly, checkpoint_path(out))
        if checkpoint is not None and trace is None:
            cause = f"is gone, and {checkpoint.path} cannot go on without it"
            raise InputError(f"{out}", cause, "restore it, or remove the checkpoint to begin again")
        if trace is not None and trace.status == COMPLETED:
            return cls._of_completed(out, trace, checkpoint, assembly.description)
        replaces = checkpoint is None and out.exists()
        if checkpoint is None and not replaces:
            check_output_path(out)
        return cls(out, checkpoint, replaces=replaces)

    @classmethod
    def _of_completed(
        cls, out: Path, trace: Trace, checkpoint: Checkpoint | None, asked: Description
    ) -> StartPoint:
        if _is_done(trace, asked):
            return cls(out, completed=True)
        if checkpoint is None and not _steps_done(trace):
            return cls(out, replaces=True)  # the start had met a target
        if checkpoint is None:
            cause = f"is complete with {_steps_done(trace)} steps, and there is no checkpoint"
            raise InputError(
                f"{out}", cause, "choose another --out, and --checkpoint-every to be able to go on"
            )
        return cls(out, checkpoint)

    def trace(self) -> Trace:
        """Return the trace of a run that has been completed before."""
        assert self.out is not None
        return open_trace(self.out)

    def writer(self, header: Header) -> TraceWriter:
        """Return the writer of the run's trace: a new one, or the one that goes on behind the checkpoint.

        Raises:
            InputError: the trace cannot be written.
        """
        if self.checkpoint is not None and self.out is not None:
            writer = TraceWriter.resume(self.out, self.checkpoint.step)
            writer.update_description(header.description)
            return writer
        if self.out is not None and self.replaces:
            JournaledFile(self.out).close()  # refuses where another process writes it
            remove_output(self.out)
        writer = TraceWriter(self.out, header)
        if self.out is not None:
            remove_checkpoints(self.out)  # of an earlier run in this place
        return writer


def _is_done(trace: Trace, asked: Description) -> bool:
    """Tell whether a complete trace has come as far as is asked for: to a target, or to the last step.

    What a callback has ended counts as all of its steps: nobody knows whether another would go on.
    """
    if Until(asked.until).reached_in(trace):
        return True
    ended_by_target = (trace.ended_by or "").startswith(UNTIL)
    return asked.steps <= (_steps_done(trace) if ended_by_target else trace.description["steps"])


def _steps_done(trace: Trace) -> int:
    return 0 if trace.last is None else trace.last.step


def _check_keeps_nothing(description: Description) -> None:
    """Check that a run whose trace goes nowhere keeps no checkpoints.

    Raises:
        InputError: it does.
    """
    for flag, given in (
        ("--checkpoint-every", description.checkpoint_every),
        ("--time-limit", description.time_limit),
    ):
        if given is not None:
            cause = "keeps its files beside the trace, which goes nowhere"
            raise InputError(flag, cause, "name the trace with --out")


def remove_output(out: Path) -> None:
    """Remove all files that a run has written for the trace ``out``, and its checkpoints."""
    for path in (out, *later_parts(out)):
        path.unlink(missing_ok=True)
    remove_checkpoints(out)


def find_start_point(assembly: Assembly, resume: bool, ranks: Ranks) -> StartPoint:
    """Return the start point that all ranks share: rank 0 finds it, and alone reads a whole checkpoint to verify it.

    Raises:
        InputError: as in :meth:`StartPoint.of`, on all ranks.
    """
    found = ranks.agree(lambda: StartPoint.of(assembly, resume) if ranks.rank == 0 else None)
    kept = found.checkpoint if found is not None else None
    told = [str(kept.path) if kept is not None else None, found is not None and found.completed]
    path, completed = json.loads(ranks.all_texts(json.dumps(told))[0])
    if found is not None:
        return found
    out = Path(assembly.description.out) if assembly.description.out else None
    return StartPoint(out, Checkpoint(Path(path), verified=True) if path else None, completed)


def _find(assembly: Assembly, path: Path) -> Checkpoint | None:
    """Return the checkpoint at ``path``, or the generation before it; None where there is neither."""
    if not path.exists() and not previous_generation(path).exists():
        return None
    checkpoint = open_checkpoint(path)
    _check_same(str(checkpoint.path), checkpoint.description, assembly)
    _check_formulas(checkpoint)
    if checkpoint.step > assembly.description.steps:
        cause = f"is at step {checkpoint.step}, behind the last of {assembly.description.steps} steps"
        raise InputError(f"{checkpoint.path}", cause, f"use --steps {checkpoint.step} or more")
    return checkpoint


def _check_formulas(checkpoint: Checkpoint) -> None:
    """Refuse a checkpoint where the rest of the run would be computed by other formulas than its first steps."""
    version = str(checkpoint.attributes.get("p2pbo_version", FIRST_VERSION))
    others = incompatible_state(version, checkpoint.description)
    if others:
        cause = f"is of p2pbo {version}, which {' and '.join(others)}, and p2pbo {VERSION} does not"
        raise InputError(f"{checkpoint.path}", cause, "run it anew, without --resume and with another --out")


def _check_same(subject: str, description: Mapping[str, Any], assembly: Assembly) -> None:
    """Refuse ``subject``, a trace or a checkpoint, where it is of a run with another description."""
    now = assembly.description.portable()
    for field, value in {**dict.fromkeys(LATER_FIELDS.keys() & now), **description}.items():
        if field not in MAY_CHANGE and now.get(field) != value:
            cause = f"is of a run with {field} = {json.dumps(value)}, not {json.dumps(now.get(field))}"
            raise InputError(subject, cause, "choose another --out, or give that run's settings")
