"""What a host's init does first, as a shell script: its name and its mounts."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

Veils = Mapping[Path, Sequence[Path]]
"""Folders that an empty one hides, each with the folders below that stay to be seen."""

INIT = """\
ip link set lo up
echo up
exec > /dev/null 2>&1
trap '' CHLD # orphans that end are nobody's to wait for
exec sleep infinity
"""


def login_script(folder: Path, veils: Veils) -> str:
    """Return the script of the login host, whose mounts the others inherit.

    ``folder/etc`` takes the place of /etc, and /run is empty.
    """
    lines = [f"mount --bind {_quoted(folder / 'etc')} /etc", "mount -t tmpfs -o mode=755 tmpfs /run"]
    return "\n".join([*lines, "mkdir /run/sshd", *_veil(veils), host_script("login", folder)])


def host_script(name: str, folder: Path) -> str:
    """Return the script of a host with a /dev/shm and a /tmp of its own; the cluster's ``folder`` stays to be seen."""
    own = _veil({Path("/tmp"): [path for path in (folder, *readable()) if path.is_relative_to("/tmp")]})
    shm = "mount -t tmpfs -o size=2g,mode=1777 tmpfs /dev/shm"
    return "\n".join([f"hostname {_quoted(name)}", shm, *own, INIT])


def readable() -> list[Path]:
    """Return the folders that ranks of this Python read: the checkout, the environment, the interpreter, its path."""
    checkout = Path(__file__).resolve().parents[2]
    found = [checkout, *(Path(name) for name in (sys.prefix, sys.base_prefix, *sys.path) if name)]
    folders = sorted({path.resolve() for path in found if path.is_dir()})
    return [
        path for path in folders if not any(path != other and path.is_relative_to(other) for other in folders)
    ]


def closed(paths: Iterable[Path]) -> dict[Path, list[Path]]:
    """Return the topmost folders that only their owner may enter, each with the ``paths`` that lie below."""
    found: dict[Path, list[Path]] = {}
    for path in paths:
        shut = [parent for parent in reversed(path.parents) if not parent.stat().st_mode & 0o001]
        if shut:
            found.setdefault(shut[0], []).append(path)
    return found


def _veil(veils: Veils) -> list[str]:
    """Return the lines that hide folders behind empty ones, but for what stays to be seen."""
    lines = ["mkdir -p /run/kept"]
    for folder, kept in veils.items():
        mode = "1777" if folder == Path("/tmp") else "755"
        lines += [
            f"mkdir -p /run/kept/{i}; mount --bind {_quoted(path)} /run/kept/{i}"
            for i, path in enumerate(kept)
        ]
        lines += [f"mount -t tmpfs -o mode={mode} tmpfs {_quoted(folder)}"]
        lines += [
            f"mkdir -p {_quoted(path)}; mount --bind /run/kept/{i} {_quoted(path)}; umount /run/kept/{i}"
            for i, path in enumerate(kept)
        ]
    return lines


def _quoted(text: object) -> str:
    return shlex.quote(f"{text}")
