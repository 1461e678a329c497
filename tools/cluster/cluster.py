"""The cluster: hosts that are brought up together, and taken down together whatever happens."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import FrameType, TracebackType
from typing import Any

from cluster import slurm as slurm_daemons
from cluster.etc import make_home, write_etc
from cluster.folder import Folder, remove_left_behind
from cluster.hosts import Hosts
from cluster.link_control import start_carrier
from cluster.links import Links
from cluster.mounts import login_script
from cluster.namespaces import ENDING
from cluster.network import LOGIN, address, lay_bridge
from cluster.requirements import check
from cluster.ssh import start_sshd, write_ssh
from p2pbo.errors import InputError
from p2pbo.interrupts import deferred_interrupts

MOST = 200
"""Hosts of a cluster, which have one byte of an address for their number."""


class Cluster(Hosts):
    """Hosts n1, n2, … and the login host, from ``with`` to its end, also on an exception, Ctrl-C or SIGTERM.

    Should this process be killed, the kernel ends the hosts; the next cluster removes the folder.

    Args:
        hosts: how many, beside the login host.
        slurm: whether there is Slurm: its controller on the login host, a node with ``cores`` CPUs on each other.
        links: a second network, whose links are like these; none: there is none.

    Raises:
        InputError: there is no such cluster; when it is entered: this machine or its user cannot.
    """

    def __init__(
        self, hosts: int, *, slurm: bool = False, cores: int = 4, links: Links | None = None
    ) -> None:
        if not 1 <= hosts <= MOST:
            raise InputError(f"a cluster of {hosts} hosts", "cannot be", f"take 1 to {MOST}")
        super().__init__([f"n{i}" for i in range(1, hosts + 1)], slurm, links is not None)
        self._cores, self._links = cores, links

    def __enter__(self) -> Cluster:
        check(slurm=self.slurm, links=self.linked)
        remove_left_behind()
        self._handler = _exit_on_sigterm()
        self._own = Folder()
        self.folder = self._own.path
        try:
            self._write_files()
            self._boot_login()
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(self.boot, self.names))
        except BaseException:
            self._take_down()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._take_down()

    def _write_files(self) -> None:
        for name in ("log", "pids"):
            (self.folder / name).mkdir()
        addresses = {name: address(name) for name in self.names}
        login = address(LOGIN)
        etc = write_etc(self.folder, {**addresses, LOGIN: login})
        write_ssh(etc, make_home(self.folder), [*addresses, LOGIN, "10.77.0.*"])
        if self.slurm:
            slurm_daemons.write_slurm(self.folder, login, addresses, self._cores)
        known = {"names": self.names, "slurm": self.slurm, "linked": self.linked, "holder": os.getpid()}
        (self.folder / "hosts.json").write_text(json.dumps(known))

    def _boot_login(self) -> None:
        pid = self._hold(LOGIN, login_script(self.folder), within=None)
        lay_bridge(pid)
        if self._links is not None:
            with deferred_interrupts(*ENDING):
                self._children.append(start_carrier(self.folder, pid, self._links))
        start_sshd(pid, self.folder / "log" / f"sshd-{LOGIN}.log")
        if self.slurm:
            slurm_daemons.start_controller(pid, self.folder)

    def _take_down(self) -> None:
        """End all that runs on all hosts, wait until it has ended, and remove the folder."""
        if self.is_up(LOGIN):
            os.kill(self._pid(LOGIN), signal.SIGKILL)
        for process in reversed(self._children):  # inits come last: they wait for the others
            with process:
                pass  # which waits for its end, and closes its pipes
        self._own.remove()
        if self._handler is not None:
            signal.signal(signal.SIGTERM, self._handler)


def _exit_on_sigterm() -> Any:
    """Let SIGTERM end this process as an exception does; return what it did before, None where it is left alone."""
    alone = threading.current_thread() is not threading.main_thread()
    if alone or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return None

    def leave(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    return signal.signal(signal.SIGTERM, leave)
