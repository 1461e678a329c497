"""Hosts as ssh sees them: which answer, which let nobody in, and which are silent."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Collection, Sequence
from enum import Enum

from p2pbo.errors import InputError
from p2pbo.runner.process.hosts import Host

CONNECT_SECONDS = 10
"""Seconds for a host to accept a connection; its whole answer may take twice as long."""

ALIVE_SECONDS, ALIVE_PROBES = 3, 3
"""Seconds after which a silent host is asked whether it is there, and how many such questions it may leave open."""

SSH_OPTIONS = (
    f"-oConnectTimeout={CONNECT_SECONDS}",
    f"-oServerAliveInterval={ALIVE_SECONDS}",
    f"-oServerAliveCountMax={ALIVE_PROBES}",
)
"""What ssh has to be told to notice a host that is not there, or not any more."""

_SILENCE = ("timed out", "No route to host", "is unreachable", "Host is down")


class Reply(Enum):
    """What comes of an ssh to a host."""

    ANSWERS = "it does what it is asked"
    REFUSES = "it is there"
    SILENT = "it says nothing"


def open_ssh(host: Host, command: str) -> subprocess.Popen[str]:
    """Start a shell command on a host, with pipes to it; nobody is asked for a password."""
    options = [*SSH_OPTIONS, "-oBatchMode=yes", "-oControlPath=none"]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        ["ssh", *options, host.name, command],
        env={**os.environ, "LC_ALL": "C"},
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
        errors="replace",
        process_group=0,  # a terminal's interrupt is not for it
    )


def refusal(said: str) -> Reply:
    """Return what it means that ssh has said this, in English, and has ended without the host's answer."""
    return Reply.SILENT if any(words in said for words in _SILENCE) else Reply.REFUSES


def has_ssh() -> bool:
    """Tell whether there is an ssh."""
    return shutil.which("ssh") is not None


def check_ssh() -> None:
    """Check that hosts can be asked whether they answer.

    Raises:
        InputError: there is no ``ssh``.
    """
    if not has_ssh():
        raise InputError(
            "--hosts", "cannot be asked whether they answer: there is no ssh on PATH", "use --restarts 0"
        )


def reachable(hosts: Sequence[Host]) -> tuple[Host, ...]:
    """Return the hosts that are this machine, or on which ssh can run a command; all are asked at once."""
    replies = _ask(hosts)
    return tuple(host for host in hosts if replies[host] is Reply.ANSWERS)


def missing(hosts: Sequence[Host], reached: Collection[Host]) -> tuple[Host, ...]:
    """Return the hosts that say nothing to ssh, and those that it has ``reached`` before and does not any more."""
    if not has_ssh():
        return ()
    replies = _ask(hosts)
    no = {host: {Reply.SILENT, Reply.REFUSES} if host in reached else {Reply.SILENT} for host in hosts}
    return tuple(host for host in hosts if replies[host] in no[host])


def _ask(hosts: Sequence[Host]) -> dict[Host, Reply]:
    asked = {host: open_ssh(host, "true") for host in hosts if not host.is_local}
    return dict.fromkeys(hosts, Reply.ANSWERS) | {host: _reply(process) for host, process in asked.items()}


def _reply(process: subprocess.Popen[str]) -> Reply:
    try:
        _, said = process.communicate(timeout=2 * CONNECT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return Reply.SILENT
    return refusal(said) if process.returncode else Reply.ANSWERS
