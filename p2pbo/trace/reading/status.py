"""How a run stands: what its trace says, and where that is "running", whether somebody still writes it.

Who writes a trace holds a lock on its journal until the process ends, in whatever way. So on the writer's own host a
journal without a lock tells that the run was interrupted and could not say so. Nothing tells where the journal is gone,
as of a copy, where the file system knows no locks, and on other hosts, which may not see them.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from p2pbo.trace.reading.contents import Contents
from p2pbo.trace.reading.multipart import later_parts
from p2pbo.trace.storage.journal import journal_path

RUNNING, INTERRUPTED = "running", "interrupted"
UNTOLD = "running, or ended without a word"
"""The status where nothing tells whether somebody still writes."""


def is_written(path: Path) -> bool | None:
    """Tell whether a process writes the trace ``path``; None where nothing tells. To be asked before the trace is."""
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
    """Return the status of the run whose trace this is."""
    said = str(contents.attribute("exit_status"))
    if said != RUNNING or written:
        return said
    return INTERRUPTED if written is False and contents.attribute("host") == os.uname().nodename else UNTOLD
