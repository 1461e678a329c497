"""What a host's init does first, as a shell script: its name and its mounts."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

TMP = Path("/tmp")
Veils = Mapping[Path, Sequence[Path]]
"""Folders that an empty one hides, each with the paths below that stay to be seen."""

INIT = """\
ip link set lo up
echo up
exec > /dev/null 2>&1
trap '' CHLD # orphans that end are nobody's to wait for
exec sleep infinity
"""


def login_script(folder: Path) -> str:
    """Return the script of the login host, whose mounts the others inherit.

    ``folder/etc`` takes the place of /etc, and folders in which ranks read can be entered.
    """
    etc = f"mount --bind {_quoted(folder / 'etc')} /etc"
    return "\n".join([etc, *_own_mounts("login", folder, closed([folder, *readable()])), INIT])


def host_script(name: str, folder: Path) -> str:
    """Return the script of a host."""
    return "\n".join([*_own_mounts(name, folder, {}), INIT])


def _own_mounts(name: str, folder: Path, closed: Veils) -> list[str]:
    """Return the lines for a name, a /run, a /dev/shm and a /tmp; the cluster's ``folder`` stays to be seen."""
    kept = [path for path in (folder, *readable()) if path.is_relative_to(TMP)]
    return [
        "umask 022",
        f"hostname {_quoted(name)}",
        "mount -t tmpfs -o mode=755 tmpfs /run",
        "mkdir /run/sshd /run/kept",
        "mount -t tmpfs -o size=2g,mode=1777 tmpfs /dev/shm",
        *_veil({**closed, TMP: kept}),
    ]


def readable() -> list[Path]:
    """Return the folders that ranks of this Python read: the checkout, the environment, the interpreter, its path."""
    checkout = Path(__file__).resolve().parents[2]
    found = [checkout, *(Path(name) for name in (sys.prefix, sys.base_prefix, *sys.path) if name)]
    folders = sorted({path.resolve() for path in found if path.is_dir()})
    return [
        path for path in folders if not any(path != other and path.is_relative_to(other) for other in folders)
    ]


def closed(paths: Iterable[Path]) -> Veils:
    """Return the topmost folders, /tmp aside, that only their owner may enter, each with the ``paths`` below it."""
    found: dict[Path, list[Path]] = {}
    for path in paths:
        parents = [] if path.is_relative_to(TMP) else [*reversed(path.parents)]
        if shut := next((parent for parent in parents if not parent.stat().st_mode & 0o001), None):
            found.setdefault(shut, []).append(path)
    return found


def _veil(veils: Veils) -> list[str]:
    """Return the lines that hide each folder behind an empty one, but for the paths below that stay to be seen."""
    lines = []
    for folder, paths in veils.items():
        mode = "1777" if folder == TMP else "755"
        places = {_quoted(path): f"/run/kept/{i}" for i, path in enumerate(paths)}
        lines += [f"mkdir {place}; mount --bind {path} {place}" for path, place in places.items()]
        lines += [f"mount -t tmpfs -o mode={mode} tmpfs {_quoted(folder)}"]
        lines += [
            f"mkdir -p {path}; mount --move {place} {path}; rmdir {place}" for path, place in places.items()
        ]
    return lines


def _quoted(text: object) -> str:
    return shlex.quote(f"{text}")
