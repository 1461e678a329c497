"""A search for what a cluster has left behind: processes in its namespaces, mounts, folders."""

from __future__ import annotations

import os
from pathlib import Path


def leftovers(place: Path) -> list[str]:
    """Return what is left of clusters whose folders are, or were, in ``place``, one item a line; nothing is best.

    Namespaces live as long as processes in them or mounts of them, so that they are found with these.
    """
    found = [f"mount {line}" for line in _lines(Path("/proc/self/mountinfo")) if f"{place}/" in line]
    for entry in Path("/proc").glob("[0-9]*"):
        command = _text(entry / "cmdline").replace("\0", " ")
        if entry.name != f"{os.getpid()}" and (_is_inside(entry, place) or f"{place}/" in command):
            found.append(f"process {entry.name} {command}")
    return [*found, *(f"folder {path}" for path in place.glob("*"))]


def _is_inside(entry: Path, place: Path) -> bool:
    """Tell whether a process sees mounts of a cluster, as all processes of its hosts do."""
    return any(f"{place}/" in line for line in _lines(entry / "mountinfo"))


def _lines(path: Path) -> list[str]:
    return _text(path).splitlines()


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:  # the process has ended
        return ""
