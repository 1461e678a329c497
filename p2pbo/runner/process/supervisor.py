"""Restarts: ranks that end by accident are started again, where hosts still answer, and go on from their checkpoint."""

from __future__ import annotations

import signal
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from p2pbo.errors import InputError
from p2pbo.runner.process.abort import BAD_INPUT, CRASHED, DIVERGED, INTERRUPTED, STOPPED
from p2pbo.runner.process.hosts import Host, answering, check_ssh, slots
from p2pbo.runner.process.launcher import Ended, start
from p2pbo.runner.resume.checkpoints import checkpoint_path
from p2pbo.trace import COMPLETED
from p2pbo.trace.checkpoint import open_checkpoint
from p2pbo.trace.reading.reader import opened

FINAL = {0, BAD_INPUT, DIVERGED, STOPPED, INTERRUPTED}
"""Exit codes that a restart would not better."""

LONGEST = 60
"""Seconds that the pause before a restart grows to; it begins with 1 and doubles."""

RESUME = "--resume"


@dataclass(frozen=True)
class Job:
    """Ranks that do ``p2pbo run FLAGS``.

    ``out`` is the trace that they write. ``outlive``: they go on without ranks that die.
    """

    ranks: int
    flags: Sequence[str]
    out: Path | None = None
    hosts: tuple[Host, ...] = ()
    outlive: bool = False

    def start(self) -> Ended:
        """Do it, and wait for the end. Hydra says 0 of ranks that have vanished; their trace tells."""
        ended = start(self.ranks, ["-m", "p2pbo", "run", *self.flags], hosts=self.hosts, outlive=self.outlive)
        if ended.code == 0 and self.out is not None and self.out.exists():
            status = opened(self.out).status
            if status != COMPLETED:
                _say(f"the ranks have vanished and left {self.out} {status}")
                return ended._replace(code=CRASHED)
        return ended

    def again(self, hosts: tuple[Host, ...]) -> Job:
        """Return what goes on from where this has come to, on as many ranks as there is room for on ``hosts``."""
        ranks = min(self.ranks, slots(hosts)) if hosts else self.ranks
        flags = self.flags if RESUME in self.flags else [*self.flags, RESUME]
        return replace(self, ranks=ranks, flags=flags, hosts=hosts)


def supervise(job: Job, restarts: int) -> int:
    """Do the job, and up to ``restarts`` times again what is left of it; returns the exit code of the last.

    Exit codes that say what came of the run are final; so is every one after a signal that asked this process to end.

    Raises:
        InputError: the job has no file to go on from, or no way to ask its hosts; nothing has been started.
        KeyboardInterrupt: it was interrupted, and its ranks have not said so.
    """
    if restarts:
        _check(job, restarts)
    ended = job.start()
    for restart in range(1, restarts + 1):
        if ended.signal is not None or ended.code in FINAL:
            break
        time.sleep(min(2 ** (restart - 1), LONGEST))
        failed = f"the ranks ended with exit code {ended.code}; restart {restart} of {restarts}"
        hosts = answering(job.hosts)
        if job.hosts and not hosts:
            _say(f"{failed} is lost: no host of {', '.join(host.name for host in job.hosts)} answers")
            continue
        again = job.again(hosts)
        _say(f"{failed}{_without(job, again)} from {_mark(job.out)}")
        ended = again.start()
    if ended.signal == signal.SIGINT and ended.code != INTERRUPTED:
        raise KeyboardInterrupt
    return ended.code


def _check(job: Job, restarts: int) -> None:
    if job.out is None:
        raise InputError(f"--restarts {restarts}", "has no file to go on from", "add --out FILE.h5")
    if job.hosts:
        check_ssh()


def _without(job: Job, again: Job) -> str:
    """Return which hosts are left out, if any, and how many ranks that leaves."""
    lost = [host.name for host in job.hosts if host not in again.hosts]
    return f" on {again.ranks} of {job.ranks} ranks, without {', '.join(lost)}," if lost else ""


def _mark(out: Path | None) -> str:
    """Return where a run that writes ``out`` goes on."""
    assert out is not None  # checked before the first start
    with warnings.catch_warnings(
        action="ignore"
    ):  # what is wrong with a checkpoint is said by the ranks that read it
        try:
            checkpoint = open_checkpoint(checkpoint_path(out))
        except InputError:
            return "the start"
    return f"step {checkpoint.step} of {checkpoint.path.name}"


def _say(text: str) -> None:
    print(f"p2pbo: {text}", file=sys.stderr, flush=True)
