"""The hosts of a cluster that is up: commands on them, their death, their cables, their return."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cluster import link_control, slurm
from cluster.etc import UID, USER
from cluster.links import Links
from cluster.mounts import host_script
from cluster.namespaces import ENDING, birth, new_namespaces, start_in
from cluster.network import LOGIN, lay_cable, number, set_plugged
from cluster.requirements import PATH
from cluster.ssh import start_sshd
from p2pbo.errors import InputError
from p2pbo.interrupts import deferred_interrupts


class Running(NamedTuple):
    """A process of the user on a host; ``pid`` is that of the machine."""

    host: str
    pid: int
    command: str


class Hosts:
    """The hosts of a cluster.

    Attributes:
        names: n1, n2, …; there is the host ``login``, too.
        slurm: whether there is Slurm on them.
        linked: whether there are links between them, beside the network that ssh and Slurm use.
        folder: the temporary folder with all files of the cluster.
    """

    folder: Path

    def __init__(self, names: Sequence[str], slurm: bool, linked: bool) -> None:
        self.names = tuple(names)
        self.slurm, self.linked = slurm, linked
        self._children: list[subprocess.Popen[str]] = []

    @classmethod
    def of(cls, folder: Path) -> Hosts:
        """Return the hosts of the cluster that another process holds in ``folder``."""
        known = json.loads((folder / "hosts.json").read_text())
        hosts = cls(known["names"], known["slurm"], known["linked"])
        hosts.folder = folder
        return hosts

    @property
    def home(self) -> Path:
        """The user's home, the same on all hosts."""
        return self.folder / "home"

    def start(
        self,
        host: str,
        argv: Sequence[object],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        **options: Any,
    ) -> subprocess.Popen[str]:
        """Start a command on a host as the user; its process takes signals and has its exit code.

        Args:
            env: variables beside HOME, USER, LOGNAME, SHELL, PATH and LANG.
            cwd: the folder to start in; none: the user's home.
            options: of Popen; what the command prints goes to pipes else.

        Raises:
            InputError: the host is down.
        """
        command = [*self._as_user(env or {}, cwd or self.home), *map(str, argv)]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with deferred_interrupts(*ENDING):
            process = start_in(self._pid(host), command, **{"start_new_session": True, **pipes, **options})
            self._children.append(process)
        return process

    def run(
        self,
        host: str,
        argv: Sequence[object],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on a host as the user, and wait for its end.

        Raises:
            InputError: the host is down.
            subprocess.TimeoutExpired: it takes longer than ``timeout`` seconds, and was killed.
        """
        with self.start(host, argv, env=env, cwd=cwd) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            finally:
                process.kill()
        return subprocess.CompletedProcess([*map(str, argv)], process.returncode, out, err)

    def is_up(self, host: str) -> bool:
        """Tell whether a host is up: not killed, or booted again."""
        return self._living(host) is not None

    def kill(self, host: str) -> None:
        """End a host at once, with all that runs on it.

        Raises:
            InputError: it is down.
        """
        os.kill(self._pid(host), signal.SIGKILL)
        self._pid_file(host).unlink()

    def unplug(self, host: str) -> None:
        """Pull the cable of a host."""
        self._set_plugged(host, False)

    def plug(self, host: str) -> None:
        """Put the cable of a host in again."""
        self._set_plugged(host, True)

    def shape(self, links: Links) -> None:
        """Change the links between hosts for what is sent from now on.

        Raises:
            InputError: the cluster was brought up without links.
        """
        link_control.shape(self.folder, links)

    def boot(self, host: str) -> None:
        """Start a host that is down; Slurm, if there is one, can start jobs on it when this returns.

        Raises:
            InputError: it is up.
        """
        if self.is_up(host):
            raise InputError(f"host {host}", "is up", "kill it first")
        pid = self._hold(host, host_script(host, self.folder), within=self._pid(LOGIN))
        lay_cable(self._pid(LOGIN), host, pid)
        if self.linked:
            link_control.attach(self.folder, number(host), pid)
        start_sshd(pid, self.folder / "log" / f"sshd-{host}.log")
        if self.slurm:
            slurm.start_node(pid, host, self.folder)
            slurm.wait_until_usable(self._pid(LOGIN), host, self.folder)

    def processes(self) -> list[Running]:
        """Return the user's processes on all hosts that are up."""
        up = [host for host in (LOGIN, *self.names) if self.is_up(host)]
        spaces = {_process_namespace(self._pid(host)): host for host in up}
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if entry.stat().st_uid == UID and (space := _process_namespace(int(entry.name))) in spaces:
                    command = (entry / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
                    if command:  # or it has ended, and nobody has waited for it
                        found.append(Running(spaces[space], int(entry.name), command.strip()))
            except OSError:  # it has ended meanwhile
                continue
        return found

    def _set_plugged(self, host: str, plugged: bool) -> None:
        set_plugged(self._pid(LOGIN), host, plugged)
        if self.linked:
            link_control.set_plugged(self.folder, number(host), plugged)

    def _hold(self, host: str, script: str, within: int | None) -> int:
        """Make the namespaces of a host and return its init."""
        with deferred_interrupts(*ENDING):
            holder, pid = new_namespaces(script, within, self.folder / "log" / f"{host}.log")
            self._children.append(holder)
            self._pid_file(host).write_text(f"{pid} {birth(pid)}")
        return pid

    def _as_user(self, env: Mapping[str, str], cwd: Path) -> list[str]:
        own = {"HOME": f"{self.home}", "USER": USER, "LOGNAME": USER, "SHELL": "/bin/bash"}
        variables = {**own, "PATH": PATH, "LANG": "C.UTF-8", **env}
        identity = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups"]
        return [
            *identity,
            "env",
            "-i",
            f"--chdir={cwd}",
            *(f"{name}={value}" for name, value in variables.items()),
        ]

    def _pid(self, host: str) -> int:
        """Return the init of a host.

        Raises:
            InputError: there is none.
        """
        if host != LOGIN and host not in self.names:
            raise InputError(
                f"host {host}", "is not of this cluster", f"choose from {LOGIN} {' '.join(self.names)}"
            )
        if (pid := self._living(host)) is None:
            raise InputError(f"host {host}", "is down", "boot it first")
        return pid

    def _living(self, host: str) -> int | None:
        """Return the init of a host that is up."""
        try:
            pid, began = self._pid_file(host).read_text().split()
        except FileNotFoundError:
            return None
        return int(pid) if birth(int(pid)) == began else None

    def _pid_file(self, host: str) -> Path:
        return self.folder / "pids" / host


def _process_namespace(pid: int) -> str:
    return f"{Path(f'/proc/{pid}/ns/pid').readlink()}"
