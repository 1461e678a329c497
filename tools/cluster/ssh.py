"""Secure shell: one key for the hosts and one for the user, so that the user passes from host to host unasked."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from cluster.etc import UID
from cluster.namespaces import run_in
from cluster.requirements import program
from cluster.waiting import wait_until

_PORT, _LISTENING = ":0016", "0A"  # as /proc/net/tcp writes them


def write_ssh(etc: Path, home: Path, names: Iterable[str]) -> None:
    """Write keys and configuration of the hosts to ``etc/ssh``, and those of the user to ``home``."""
    host_key, own = etc / "ssh" / "cluster_key", home / ".ssh"
    own.mkdir(mode=0o700)
    for key in (host_key, own / "id_ed25519"):
        subprocess.run([program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    public = host_key.with_suffix(".pub").read_text()
    (etc / "ssh" / "ssh_known_hosts").write_text(f"{','.join(names)} {public}")
    (etc / "ssh" / "sshd_config").write_text(sshd_config(host_key))
    shutil.copy(own / "id_ed25519.pub", own / "authorized_keys")
    for path in (own, *own.iterdir()):
        shutil.chown(path, UID, UID)


def sshd_config(key: Path) -> str:
    """Return the text of sshd's configuration."""
    return f"HostKey /etc/ssh/{key.name}\nUsePAM no\nStrictModes no\nPidFile none\nMaxStartups 100\n"


def start_sshd(pid: int, log: Path) -> None:
    """Start sshd on the host of the init ``pid``, and return when it listens."""
    run_in(pid, [program("sshd"), "-E", f"{log}"])
    wait_until(lambda: _listens(pid), "sshd", log)


def _listens(pid: int) -> bool:
    sockets = Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
    return any(fields[1].endswith(_PORT) and fields[3] == _LISTENING for fields in map(str.split, sockets))
