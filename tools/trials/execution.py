"""The execution of a trial: an undisturbed run, then the same run killed once or twice and resumed to the end."""

from __future__ import annotations

import math
import random
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from p2pbo.errors import InputError
from p2pbo.trace import COMPLETED, open_trace
from p2pbo.trace.checkpoint import open_checkpoint
from trials.checks import TraceReader, difference, difference_so_far
from trials.plan import SETTINGS, Kill, Trial, flags
from trials.processes import Job

DEADLINE = 90.0
"""The seconds after which a run of some seconds counts as hung, also on a busy machine."""

PATIENCE = 10.0
"""The seconds after a kill within which all processes of the job must be gone."""

PAUSE = 0.05
"""The seconds between reads of a trace that grows."""


@dataclass
class Outcome:
    """The outcome of a trial, as counts of what happened.

    Attributes:
        killed: kills of a run that had not ended.
        opened: traces that opened after a kill.
        unopened: existing traces that did not.
        lost: traces that lack a row that was seen, or was there at the checkpoint.
        unresumed: runs that should have ended with exit code 0 and did not.
        unequal: traces that differ from the undisturbed run in any bit.
        left_behind: kills or ends that left processes or files.
        hung: runs that did not end.
        lingered: the most seconds until all processes were gone after a kill.
    """

    killed: int = 0
    opened: int = 0
    unopened: int = 0
    lost: int = 0
    unresumed: int = 0
    unequal: int = 0
    left_behind: int = 0
    hung: int = 0
    lingered: float = 0.0
    seconds: float = 0.0
    complaints: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether there is no complaint."""
        return not self.complaints

    def __str__(self) -> str:
        return "; ".join(self.complaints) or "ok"

    def complain(self, kind: str, text: str) -> None:
        """Count a fault by its kind, and keep its text."""
        setattr(self, kind, getattr(self, kind) + 1)
        self.complaints.append(f"{kind}: {text}")


@dataclass
class Reference:
    """The undisturbed run: its trace, and the seconds of its set-up and of its steps."""

    trace: Path
    setting_up: float
    stepping: float


class TrialRun:
    """The execution of ``trial`` in ``folder``."""

    def __init__(self, trial: Trial, seed: int, folder: Path) -> None:
        self.outcome = Outcome()
        self._trial, self._seed, self._folder = trial, seed, folder
        self._out, self._log = folder / "run.h5", folder / "log.txt"
        self._draw = random.Random(f"{seed} {trial.number} victims")

    def run(self) -> Outcome:
        """Run the whole trial and return its outcome."""
        began = time.monotonic()
        reference = self._run_undisturbed()
        if reference is not None:
            more: list[str] = []
            for kill in self._trial.kills:
                self._kill(kill, reference, more)
                self._examine(reference)
                more = ["--resume"]
            self._resume(reference)
        self.outcome.seconds = time.monotonic() - began
        return self.outcome

    def _start(self, out: Path, *more: str) -> Job:
        trial = self._trial
        arguments = [*flags(trial, self._seed), "--out", f"{out}", *more]
        python, ranks = trial.python, f"{trial.ranks}"
        run = [python, "-m", "p2pbo", "run"]
        command = {
            "alone": run,
            "mpiexec": [f"{Path(python).with_name('mpiexec')}", "-n", ranks, *run],
            "launch": [python, "-m", "p2pbo", "launch", "-n", ranks],
        }[trial.starter]
        return Job([*command, *arguments], self._log)

    def _run_undisturbed(self) -> Reference | None:
        out = self._folder / "undisturbed.h5"
        reader = TraceReader(out)
        with self._start(out) as job:
            while job.code is None and not reader.seen and job.age < DEADLINE:
                reader.read()
                time.sleep(PAUSE)
            setting_up = job.age
            if self._ends(job, "undisturbed"):
                return Reference(out, setting_up, job.age - setting_up)
        return None

    def _ends(self, job: Job, name: str) -> bool:
        """Tell whether a run ends with exit code 0; complain where it does not, or leaves processes."""
        while job.code is None and job.age < DEADLINE:
            time.sleep(PAUSE)
        if job.code is None:
            self.outcome.complain("hung", f"the {name} run after {DEADLINE:.0f} s")
            return False
        if job.code:
            self.outcome.complain("unresumed", f"the {name} run ended with {job.code}: {self._said()}")
        self._check_gone(job, f"the {name} run")
        return job.code == 0

    def _check_gone(self, job: Job, name: str) -> None:
        if not job.gone(PATIENCE):
            self.outcome.complain("left_behind", f"by {name}: {job.living()}")

    def _kill(self, kill: Kill, reference: Reference, more: list[str]) -> None:
        """Start the run, kill it at its instant, and wait until all processes are gone."""
        with self._start(self._out, "--checkpoint-every", "7", *more) as job:
            self._reader = self._watch(job, kill, reference)
            rows = max(self._reader.seen.values(), default=0)
            if job.age >= DEADLINE:
                self.outcome.complain("hung", f"the run to be killed after {DEADLINE:.0f} s")
                return
            if job.code is None:
                job.kill(kill.victim, self._draw)
                self.outcome.killed += 1
                self._check_end(job, f"a kill of {kill.victim}", rows < open_trace(reference.trace).rows / 2)
            elif job.code:
                self.outcome.complain(
                    "unresumed", f"before a kill the run ended with {job.code}: {self._said()}"
                )

    def _check_end(self, job: Job, kill: str, halfway: bool) -> None:
        """Check that a kill ended the whole job, which cannot have completed meanwhile if ``halfway``."""
        began = time.monotonic()
        self._check_gone(job, kill)
        self.outcome.lingered = max(self.outcome.lingered, time.monotonic() - began)
        there = self._out.exists() and self._out.stat().st_size
        if there and halfway and open_trace(self._out).status == COMPLETED:
            self.outcome.complain("left_behind", f"a run that came to its end after {kill}")

    def _watch(self, job: Job, kill: Kill, reference: Reference) -> TraceReader:
        """Read the trace until the instant of the kill or the end, and return the reader."""
        reader = TraceReader(self._out)
        earlier = reader.read()  # of the start before, where that is not too late
        instant = kill.share * reference.setting_up if kill.early else math.inf
        while job.code is None and job.age < min(instant, DEADLINE):
            started = reader.read() not in (None, earlier)
            if started and math.isinf(instant):
                instant = job.age + kill.share * reference.stepping
            time.sleep(PAUSE)
        return reader

    def _examine(self, reference: Reference) -> None:
        """Check the trace and the checkpoint that a kill has left."""
        reader, kept = self._reader, self._checkpointed()
        if not reader.holds(kept):
            self.outcome.complain("lost", f"rows: seen {reader.seen}, kept {kept}")
        if reader.refused:
            self.outcome.complain("unopened", reader.refused)
        elif reader.seen:
            self.outcome.opened += 1
            if differing := difference_so_far(open_trace(self._out), open_trace(reference.trace)):
                self.outcome.complain("unequal", f"after a kill: {differing}")

    def _checkpointed(self) -> int:
        """Return the number of rows up to the checkpoint; 0 without one."""
        path = self._out.with_suffix(".ckpt")
        if not any(path.parent.glob("*.ckpt")):
            return 0
        with warnings.catch_warnings(action="ignore"):  # killed between the two renamings
            try:
                return int(open_checkpoint(path).step // SETTINGS["log_every"] + 1)
            except InputError as error:
                self.outcome.complain("lost", f"the checkpoint: {error}")
                return 0

    def _resume(self, reference: Reference) -> None:
        """Resume the run to its end, and compare it with the undisturbed one."""
        with self._start(self._out, "--checkpoint-every", "7", "--resume") as job:
            if not self._ends(job, "resumed"):
                return
        if differing := difference(open_trace(self._out), open_trace(reference.trace)):
            self.outcome.complain("unequal", differing)
        expected = {"run.h5", "run.ckpt", "run.previous.ckpt", "undisturbed.h5", "log.txt"}
        if litter := {path.name for path in self._folder.iterdir()} - expected:
            self.outcome.complain("left_behind", f"files {', '.join(sorted(litter))}")

    def _said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")[-2000:]
