"""The paths of a run's files: those beside the trace have names that are made from its own, and all must fit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from p2pbo.errors import InputError
from p2pbo.runner.resume.checkpoints import checkpoint_path
from p2pbo.trace.checkpoint import previous_generation
from p2pbo.trace.reading.multipart import part_path
from p2pbo.trace.storage.journal import journal_path

SUFFIXES = ("", ".h5", ".hdf5", ".hdf", ".nc", ".nc4")
"""The suffixes of a trace's name; others in their place name the run's other files."""

MOST_PARTS = 9
"""The number of parts that a trace may have whose writers failed one after another."""


def check_output_path(out: Path) -> None:
    """Check that a new run's files can be called after its trace ``out``, before anything is written.

    Raises:
        InputError: they cannot, or would be taken for those of another trace.
    """
    if not out.name:
        raise InputError(f"--out {out}", "names no file", "write --out FILE.h5")
    if out.suffix not in SUFFIXES:
        cause = f"ends in {out.suffix}, which the names of its checkpoints would lose"
        raise InputError(f"{out}", cause, f"call it {out.name}.h5")
    check_path_lengths(out)
    kept = checkpoint_path(out)
    others = [other for suffix in SUFFIXES if (other := out.with_suffix(suffix)) != out and other.is_file()]
    if others and (kept.exists() or previous_generation(kept).exists()):
        raise InputError(f"{out}", f"would replace {kept}, which is of {others[0]}", "choose another name")


def check_path_lengths(out: Path) -> None:
    """Check that the names of all files that a run may write fit into the folder of its trace ``out``.

    Raises:
        InputError: one does not.
    """
    longest_name, longest_path = _limits(out.absolute())

    def excess(path: Path) -> int:
        name, whole = os.fsencode(path.name), os.fsencode(path.absolute())
        return max(len(name) - longest_name, len(whole) - longest_path)

    worst = max((*out.parents, *_files(out)), key=excess)
    if excess(worst) > 0:
        what = worst.name.removeprefix(out.stem) if worst in _files(out) else "folder"
        cause = f"is too long: the name of its {what} has {excess(worst)} bytes too many"
        raise InputError(f"{out}", cause, "shorten it")


def _files(out: Path) -> Iterator[Path]:
    """Yield the paths of all files that a run may write."""
    kept, part = checkpoint_path(out), part_path(out, MOST_PARTS)
    yield from (out, kept, previous_generation(kept), part)
    yield from (path.with_name(f"{path.name}.new") for path in (out, kept))
    yield from map(journal_path, (out, part))


def _limits(path: Path) -> tuple[int, int]:
    """Return the bytes that a name and a whole path may have in the folder of ``path``."""
    for folder in path.parents:
        try:
            return os.pathconf(folder, "PC_NAME_MAX"), os.pathconf(folder, "PC_PATH_MAX") - 1
        except OSError:  # not made yet
            continue
    raise AssertionError("the root is there")
