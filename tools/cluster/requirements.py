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
    "util-linux": ("nsenter", "setpriv"),
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

UNSHARE = (
    "unshare",
    "--net",
    "--uts",
    "--mount",
    "--ipc",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
    "--",
)
"""Makes the namespaces of a host, and runs a command as its init."""


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
    """Install what is missing, quietly, where this is Debian; ``check`` tells what has not come of it."""
    missing = missing_packages(slurm=True)
    if missing and program("apt-get") != "apt-get":
        apt = [program("apt-get"), "-qq", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=30"]
        quiet = {
            **os.environ,
            "DEBIAN_FRONTEND": "noninteractive",
            "RUNLEVEL": "1",
        }  # at which no daemon starts
        for command in ([*apt, "update"], [*apt, "install", "-y", "--no-install-recommends", *missing]):
            subprocess.run(command, env=quiet, capture_output=True, check=False)


def check_namespaces() -> None:
    """Refuse where no namespaces can be made, whatever is installed.

    Raises:
        InputError: this is not root, or the kernel or a container keeps it from making them.
    """
    if os.geteuid() != 0:
        raise InputError("a cluster", "needs root", "run it as root, on a machine of your own")
    _try("a namespace", "mount", "-t", "tmpfs", "tmpfs", "/tmp")


def check(*, slurm: bool, links: bool) -> None:
    """Refuse what cannot be done on this machine.

    Raises:
        InputError: a namespace, a bridge or a TAP device cannot be made, or a package is missing.
    """
    check_namespaces()
    if missing := missing_packages(slurm):
        line = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
        raise InputError("a cluster", f"needs {' '.join(missing)}", line)
    _try("a bridge", program("ip"), "link", "add", "br0", "type", "bridge")
    if links:
        _try("a TAP device", program("ip"), "tuntap", "add", "wan0", "mode", "tap")


def _try(what: str, *command: str) -> None:
    """Run a command that makes something, in namespaces that end with it."""
    try:
        done = subprocess.run([*UNSHARE, *command], capture_output=True, text=True, check=False)
    except OSError as error:
        cause = f"{error}"
    else:
        cause = " ".join(done.stderr.split()) or f"it ended with {done.returncode}"
        if done.returncode == 0:
            return
    raise InputError(what, f"cannot be made: {cause}", "use a machine whose kernel and container allow it")
