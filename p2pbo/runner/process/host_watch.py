"""The watch over hosts: an idle ssh to each, which ends soon after its host has vanished.

Launchers do not tell: Hydra does not notice, and Open MPI waits for minutes once its ranks have aborted.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Sequence

from p2pbo.runner.process.hosts import Host
from p2pbo.runner.process.ssh import Reply, has_ssh, open_ssh, refusal

IDLE = "echo && exec cat"
"""What runs on a host: it says a line once the host is reached, and ends with this process, which holds its input."""

LATEST = 60.0
"""Seconds for a host to say that line, once it is reached; its shell may be long about it."""

PAUSE = 1.0
"""Seconds before an ssh that has ended is opened again."""


class HostWatch:
    """Threads that watch over hosts, from ``with`` to its end; where there is no ssh they see nothing.

    A host is lost if it says nothing to a new ssh, or if it has been reached and is not any more.

    Args:
        hosts: to be watched; this machine is not.
        on_loss: called when a host is lost, from its thread.

    Attributes:
        reached: the hosts that have been reached.
    """

    def __init__(self, hosts: Sequence[Host], on_loss: Callable[[], None]) -> None:
        self._on_loss = on_loss
        self.reached: set[Host] = set()
        self._lost: set[Host] = set()
        self._links: dict[Host, subprocess.Popen[str]] = {}
        self._lock, self._left = threading.Lock(), threading.Event()
        watched = [host for host in hosts if not host.is_local] if has_ssh() else []
        self._threads = [threading.Thread(target=self._watch, args=(host,)) for host in watched]

    def __enter__(self) -> HostWatch:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        with self._lock:
            self._left.set()
            for link in self._links.values():
                link.kill()
        for thread in self._threads:
            thread.join()

    @property
    def lost(self) -> tuple[Host, ...]:
        """The hosts that are lost."""
        return tuple(sorted(self._lost, key=str))

    def _watch(self, host: Host) -> None:
        while (reply := self._stay(host)) is Reply.ANSWERS:
            self._left.wait(PAUSE)
        if (host in self.reached or reply is Reply.SILENT) and not self._left.is_set():
            self._lost.add(host)
            self._on_loss()

    def _stay(self, host: Host) -> Reply:
        """Reach the host, and stay until the ssh ends; return what the host has replied."""
        with self._lock:
            if self._left.is_set():
                return Reply.REFUSES
            link = self._links[host] = open_ssh(host, IDLE)
        late = threading.Timer(LATEST, link.kill)
        late.start()
        assert link.stdin is not None and link.stdout is not None and link.stderr is not None
        with link.stdin, link.stdout, link.stderr:
            reached = link.stdout.readline() != ""
            if reached:
                self.reached.add(host)
            late.cancel()
            killed = link.wait() < 0
            if reached:
                return Reply.ANSWERS
            return Reply.SILENT if killed else refusal(link.stderr.read())
