"""The supervisor: it restarts ranks that end by accident, on hosts that still answer, from their checkpoint."""

from __future__ import annotations

import signal
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from p2pbo.errors import InputError
from p2pbo.runner.process.exit_codes import BAD_INPUT, CRASHED, DIVERGED, INTERRUPTED, STALLED, STOPPED
from p2pbo.runner.process.hosts import Host, slots
from p2pbo.runner.process.launcher import ExitStatus, start_ranks
from p2pbo.runner.process.ssh import check_ssh, missing, reachable
from p2pbo.runner.resume.checkpoints import checkpoint_path
from p2pbo.trace import COMPLETED
from p2pbo.trace.checkpoint import open_checkpoint
from p2pbo.trace.reading.reader import open_silently

FINAL_CODES = {0, BAD_INPUT, DIVERGED, STOPPED, INTERRUPTED}
"""Exit codes after which a restart would be of no use."""

LONGEST_PAUSE = 60
"""The longest pause before a restart, in seconds; the first is 1, each further one twice as long."""

RESUME = "--resume"


@dataclass(frozen=True)
class Job:
    """The command ``p2pbo run FLAGS`` on a number of ranks.

    ``out`` is the trace that they write; ``fault_tolerant`` ranks go on without those that fail.
    """

    ranks: int
    flags: Sequence[str]
    out: Path | None = None
    hosts: tuple[Host, ...] = ()
    fault_tolerant: bool = False

    def start(self) -> ExitStatus:
        """Start the ranks and wait for their end; say so where they have lost hosts, or have vanished.

        Launchers may end with 0 then: the trace tells, or the hosts.
        """
        ended = start_ranks(
            self.ranks,
            ["-m", "p2pbo", "run", *self.flags],
            hosts=self.hosts,
            fault_tolerant=self.fault_tolerant,
        )
        status = self._status() if ended.code == 0 else None
        if ended.code in FINAL_CODES - {0} or status == COMPLETED:
            return ended
        lost = ended.lost or (missing(self.hosts, ended.reached) if ended.signal is None else ())
        if lost:
            _say(_loss(lost, self.fault_tolerant))
            return ended._replace(code=STALLED)
        if status is not None:
            _say(f"the ranks have vanished and left {self.out} {status}")
            return ended._replace(code=CRASHED)
        return ended

    def _status(self) -> str | None:
        """Return the status of the trace; None: there is none to be seen here."""
        return open_silently(self.out).status if self.out is not None and self.out.exists() else None

    def restarted(self, hosts: tuple[Host, ...]) -> Job:
        """Return the job that goes on where this one has ended, on as many ranks as ``hosts`` have room for."""
        ranks = min(self.ranks, slots(hosts)) if hosts else self.ranks
        flags = self.flags if RESUME in self.flags else [*self.flags, RESUME]
        return replace(self, ranks=ranks, flags=flags, hosts=hosts)


def supervise(job: Job, restarts: int) -> int:
    """Run the job, and restart it up to ``restarts`` times where it ends by accident; return the last exit code.

    Exit codes that say what came of the run are final; so is every one after a signal that asked this process to end.

    Raises:
        InputError: the job has no file to go on from, or no way to ask its hosts; nothing has been started.
        KeyboardInterrupt: it was interrupted, and its ranks have not said so.
    """
    if restarts:
        _check(job, restarts)
    ended = job.start()
    for restart in range(1, restarts + 1):
        if ended.signal is not None or ended.code in FINAL_CODES:
            break
        time.sleep(min(2 ** (restart - 1), LONGEST_PAUSE))
        failed = f"the ranks ended with exit code {ended.code}; restart {restart} of {restarts}"
        hosts = reachable(job.hosts)
        if job.hosts and not hosts:
            _say(f"{failed} is lost: no host of {', '.join(host.name for host in job.hosts)} answers")
            continue
        restarted = job.restarted(hosts)
        _say(f"{failed}{_without(job, restarted)} from {_restart_point(job.out)}")
        ended = restarted.start()
    if ended.signal == signal.SIGINT and ended.code != INTERRUPTED:
        raise KeyboardInterrupt
    return ended.code


def _check(job: Job, restarts: int) -> None:
    if job.out is None:
        raise InputError(f"--restarts {restarts}", "has no file to go on from", "add --out FILE.h5")
    if job.hosts:
        check_ssh()


def _loss(hosts: Sequence[Host], fault_tolerant: bool) -> str:
    """Return a text about hosts that are lost."""
    names = ", ".join(host.name for host in hosts)
    text = f"hosts {names} do not answer" if len(hosts) > 1 else f"host {names} does not answer"
    return f"{text}; --on-failure continue survives ranks, but no hosts" if fault_tolerant else text


def _without(job: Job, restarted: Job) -> str:
    """Return a text about the hosts that are left out, if any, and how many ranks that leaves."""
    lost = [host.name for host in job.hosts if host not in restarted.hosts]
    return f" on {restarted.ranks} of {job.ranks} ranks, without {', '.join(lost)}," if lost else ""


def _restart_point(out: Path | None) -> str:
    """Return a text about the step from which the run that writes ``out`` goes on."""
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
