"""What a cluster needs of this machine: root, Debian's packages, namespaces, TAP devices."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from p2pbo.errors import InputError

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PACKAGES = {
    "openssh-server": ("sshd",),
    "openssh-client": ("ssh", "ssh-keygen"),
    "iproute2": ("ip",),
    "util-linux": ("unshare", "nsenter", "setpriv", "mount"),
}
SLURM_PACKAGES = {
    "slurmctld": ("slurmctld",),
    "slurmd": ("slurmd", "slurmstepd"),
    "slurm-client": ("srun", "sinfo"),
    "munge": ("munged",),
}
"""The programs that are looked for, by package."""

PMIX = ("libpmix2", "libpmix-dev")
"""Slurm's plugin opens ``libpmix.so``, which Debian has in the second."""


def program(name: str) -> str:
    """Return the path of a program that is for administrators, too."""
    return shutil.which(name, path=PATH) or name


def missing_packages(slurm: bool) -> list[str]:
    """Return the packages that a cluster, with Slurm or without, lacks here."""
    wanted = PACKAGES | (SLURM_PACKAGES if slurm else {})
    found = [package for package, names in wanted.items() if any(program(name) == name for name in names)]
    return [*found, *(PMIX if slurm and not _has_pmix() else ())]


def _has_pmix() -> bool:
    return any(path for pattern in ("lib*", "lib/*") for path in Path("/usr").glob(f"{pattern}/libpmix.so"))


def install_packages() -> None:
    """Install what is missing, quietly, where this is Debian and root; ``check`` tells what has not come of it."""
    missing = missing_packages(slurm=True)
    if not missing or os.geteuid() != 0 or program("apt-get") == "apt-get":
        return
    apt = [program("apt-get"), "-qq", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=30"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}  # at which no daemon starts
    for command in ([*apt, "update"], [*apt, "install", "-y", "--no-install-recommends", *missing]):
        subprocess.run(command, env=quiet, capture_output=True, check=False)


def check(*, slurm: bool, links: bool) -> None:
    """Refuse what cannot be done on this machine.

    Raises:
        InputError: this is not root, a package is missing, or the kernel gives no namespace or no TAP device.
    """
    if os.geteuid() != 0:
        raise InputError("a cluster", "needs root", "run it as root, on a machine of your own")
    if missing := missing_packages(slurm):
        line = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
        raise InputError("a cluster", f"needs {' '.join(missing)}", line)
    attempt = ["unshare", "--net", "--uts", "--mount", "--ipc", "--pid", "--fork", "--mount-proc"]
    _try("a namespace", [*attempt, "mount", "-t", "tmpfs", "tmpfs", "/tmp"])
    _try("a bridge", [*attempt, program("ip"), "link", "add", "br0", "type", "bridge"])
    if links:
        _try("a TAP device", [*attempt, program("ip"), "tuntap", "add", "wan0", "mode", "tap"])


def _try(what: str, command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        cause = " ".join(done.stderr.split()) or f"{command[0]} ended with {done.returncode}"
        raise InputError(
            what, f"cannot be made: {cause}", "use a machine whose kernel and container allow it"
        )
