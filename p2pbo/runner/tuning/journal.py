"""Optuna's journal of studies, behind a lock that ends with the process that holds it.

Optuna's own locks are files, which outlive a process that is killed.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import optuna
from optuna.storages.journal import JournalFileBackend

from p2pbo.runner.folder_locks import folder_lock


class ProcessLock:
    """A lock of the folder of a journal, with the methods that Optuna calls."""

    def __init__(self, path: Path) -> None:
        self._path, self._held = path, ExitStack()

    def acquire(self) -> bool:
        """Wait for the lock."""
        lock: AbstractContextManager[None] = folder_lock(self._path.parent, self._path.name)
        self._held.enter_context(lock)
        return True

    def release(self) -> None:
        """Let others have the lock."""
        self._held.close()


def open_journal(path: Path) -> optuna.storages.BaseStorage:
    """Return Optuna's storage in a file, which is made where there is none."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    lock: Any = ProcessLock(path)
    return optuna.storages.JournalStorage(JournalFileBackend(str(path), lock))
