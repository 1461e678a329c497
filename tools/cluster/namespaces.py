"""Namespaces: how a host's are made, and how a command is started in them.

A host is a process, its init, and all that lives in the init's namespaces: network, host name, mounts, IPC, processes.
The hosts of a cluster have their process namespaces inside the login host's: when that one's init ends, the kernel
ends everything on all of them.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cluster.requirements import UNSHARE
from p2pbo.errors import InputError
from p2pbo.interrupts import deferred_interrupts

ENDING = (signal.SIGTERM, signal.SIGINT)
"""Signals that wait while a process is started: an init does not end before a child that nobody knows of."""

_KINDS = {"pid": 0x20000000, "net": 0x40000000}  # of <sched.h>


def start_in(pid: int, argv: Sequence[str], **options: Any) -> subprocess.Popen[str]:
    """Start a command in the namespaces of the process ``pid``, and return the process of the command itself."""
    command = ["nsenter", f"--target={pid}", "--mount", "--uts", "--ipc", "--net", "--", *argv]
    with inside(pid, "pid"):
        return subprocess.Popen(command, text=True, umask=0o022, **options)


def run_in(pid: int, argv: Sequence[str], *, text: str | None = None) -> str:
    """Run a command in the namespaces of the process ``pid``, with ``text`` as its input; return its output.

    Raises:
        InputError: it fails.
    """
    with deferred_interrupts(*ENDING):
        process = start_in(
            pid,
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        out, _ = process.communicate(text)
    if process.returncode:
        raise InputError(argv[0], f"ended with {process.returncode}: {' '.join(out.split())}", "see its log")
    return out


def new_namespaces(script: str, within: int | None, log: Path) -> tuple[subprocess.Popen[str], int]:
    """Make namespaces whose init runs a shell script, and return when it says ``up``.

    Args:
        within: a process in whose namespaces they are made; none: in those of this process, and they end with the
            thread that calls this.
        log: the file for what goes wrong.

    Returns:
        The process that waits for the init, and the init's process id.

    Raises:
        InputError: the script ends before it says so.
    """
    command = [*UNSHARE, "sh", "-ec", script]
    with log.open("w") as complaints:
        options: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": complaints,
            "start_new_session": True,
        }
        if within is None:
            holder = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], text=True, **options)
        else:
            holder = start_in(within, command, **options)
    assert holder.stdout is not None
    with holder.stdout as out:
        said = out.readline()
    if said != "up\n":
        holder.wait()
        raise InputError(
            "a host", f"does not start: {' '.join(log.read_text().split())}", "see tools/cluster"
        )
    return holder, _only_child(holder.pid)


def birth(pid: int) -> str:
    """Return when a process began, which tells it from a later one of its number; nothing: there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def _only_child(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text())


@contextmanager
def inside(pid: int, kind: str) -> Iterator[None]:
    """Take this thread into a namespace of the process ``pid``: its network, ``net``, or its processes, ``pid``.

    Of processes, those that it starts are born there; it stays where it is itself.
    """
    own = os.open(f"/proc/thread-self/ns/{kind}", os.O_RDONLY)
    try:
        other = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY)
        try:
            _set_namespace(other, kind)
            yield
        finally:
            os.close(other)
            _set_namespace(own, kind)
    finally:
        os.close(own)


def _set_namespace(descriptor: int, kind: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, _KINDS[kind]):
        raise OSError(ctypes.get_errno(), f"setns: {os.strerror(ctypes.get_errno())}")
