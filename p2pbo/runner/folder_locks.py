"""Locks of a folder, which lie in its ``.locks/`` and end with the process that holds them."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from p2pbo.errors import InputError


@contextmanager
def folder_lock(folder: Path, name: str, taken: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock ``name`` of a folder, inside; call ``taken`` where another process has it, then wait for it.

    Raises:
        InputError: the folder cannot be made or written to.
    """
    locks = folder / ".locks"
    try:
        locks.mkdir(parents=True, exist_ok=True)
        file = (locks / name).open("ab")
    except OSError as error:
        raise unusable(folder, error) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            taken()
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:  # a file system without locks: nothing keeps two processes apart
            pass
        yield


def is_unlocked(folder: Path, name: str) -> bool:
    """Tell whether no process holds the lock ``name`` of a folder; False where locks cannot tell."""
    try:
        with (folder / ".locks" / name).open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def unusable(folder: Path, error: OSError) -> InputError:
    """Return the error about a folder that cannot be used."""
    cause = f"cannot be used ({error.strerror}: {error.filename})"
    return InputError(f"{folder}", cause, "choose another --out")
