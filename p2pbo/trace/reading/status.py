"""The status of a run: what its trace says, and where that is "running", whether a process still writes it.

The writer of a trace holds a lock on its journal until its process ends, in whatever way. So on the writer's own host a
journal without a lock shows that the run was interrupted without a chance to say so. The status is uncertain where
the journal is gone, as of a copy, on a file system without locks, and on other hosts, which may not see them.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from p2pbo.trace.reading.contents import Contents
from p2pbo.trace.reading.multipart import later_parts
from p2pbo.trace.storage.journal import journal_path

RUNNING, INTERRUPTED = "running", "interrupted"
UNCERTAIN = "running, or ended without a word"
"""The status where a run may be running or killed."""


def is_written(path: Path) -> bool | None:
    """Tell whether a process writes the trace ``path``; None if unknown. Ask before reading the trace."""
    last = [path, *later_parts(path)][-1]
    try:
        with journal_path(last).open("rb") as journal:
            fcntl.flock(journal, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False


def status_of(contents: Contents, written: bool | None) -> str:
    """Return the status of a run from its trace and whether a process writes it (None if unknown)."""
    recorded = str(contents.attribute("exit_status"))
    if recorded != RUNNING or written:
        return recorded
    return (
        INTERRUPTED if written is False and contents.attribute("host") == os.uname().nodename else UNCERTAIN
    )
