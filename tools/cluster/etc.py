"""The /etc of all hosts: this machine's, with the hosts' names and one ordinary user."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

USER, UID = "user", 2000


def write_etc(folder: Path, addresses: Mapping[str, str]) -> Path:
    """Copy /etc to ``folder/etc``, with ``addresses`` by name in its hosts; return it."""
    etc = folder / "etc"
    subprocess.run(["cp", "-a", "/etc", etc], check=True)
    home = folder / "home"
    for name, line in {
        "passwd": f"{USER}:x:{UID}:{UID}::{home}:/bin/bash",
        "group": f"{USER}:x:{UID}:",
        "shadow": f"{USER}:*:19000:0:99999:7:::",
    }.items():
        path = etc / name
        path.write_text(with_user(path.read_text(), line))
    _replace(etc / "hosts", hosts_text(addresses))
    _replace(etc / "nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files\n")
    return etc


def with_user(text: str, line: str) -> str:
    """Return the text of a file as passwd with a user's line in the place of any of that name or number."""
    fields = line.split(":")
    number = {fields[2]} - {"19000"}

    def same(other: list[str]) -> bool:
        return other[0] == fields[0] or (len(other) > 2 and other[2] in number)

    kept = [other for other in text.splitlines() if not same(other.split(":"))]
    return "\n".join([*kept, line]) + "\n"


def hosts_text(addresses: Mapping[str, str]) -> str:
    """Return the text of /etc/hosts."""
    lines = [f"{address} {name}" for name, address in addresses.items()]
    return "\n".join(["127.0.0.1 localhost", *lines]) + "\n"


def _replace(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)  # it may be a link that leads out of the copy
    path.write_text(text)


def make_home(folder: Path) -> Path:
    """Make the user's home in ``folder``."""
    home = folder / "home"
    home.mkdir()
    shutil.chown(home, UID, UID)
    return home
