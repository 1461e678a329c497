"""The folder of a cluster: in the place for temporary files, and locked by the process that holds the cluster."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "p2pbo-cluster-"


class Folder:
    """A new folder, readable for all; it is taken for left behind once its maker has ended.

    Attributes:
        path: where it is.
    """

    def __init__(self) -> None:
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
            self._lock = os.open(self.path, os.O_RDONLY)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            if self.path.exists():  # or another has just removed it as left behind
                break
            os.close(self._lock)
        self.path.chmod(0o755)

    def remove(self) -> None:
        """Remove the folder and all that is in it."""
        shutil.rmtree(self.path)
        os.close(self._lock)


def folders() -> list[Path]:
    """Return the folders of all clusters, living or left behind, the oldest first."""
    found = Path(tempfile.gettempdir()).resolve().glob(f"{PREFIX}*")
    return sorted(found, key=lambda path: path.stat().st_mtime)


def remove_left_behind() -> list[Path]:
    """Remove the folders whose makers have ended, and return them; nothing else outlives a maker."""
    removed = [path for path in folders() if not is_held(path)]
    for path in removed:
        shutil.rmtree(path)
    return removed


def is_held(path: Path) -> bool:
    """Tell whether the process that made the folder lives."""
    lock = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
