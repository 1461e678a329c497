"""The end of processes without MPI_Finalize, which would wait for ever for those that have died or hang."""

from __future__ import annotations

import atexit
import os
import sys
import time
from collections.abc import Callable, Collection

from p2pbo.errors import InputError
from p2pbo.runner.process.abort import abort_job
from p2pbo.runner.process.exit_codes import CRASHED

_lost: set[int] = set()


def check_nobody_lost() -> None:
    """Check that no run of this process has lost ranks, which would not take part in another one.

    Raises:
        InputError: one has.
    """
    if _lost:
        raise InputError(
            "comm", f"has lost {listed(_lost)} in an earlier run", "start the ranks anew for each run"
        )


def exit_without_finalize(lost: Collection[int]) -> None:
    """Let this process end without it, beside ranks that have died; the others do so, too."""

    def leave() -> None:
        _flush()
        os._exit(0)

    _lost.update(lost)
    atexit.register(leave)


def end_job_at_exit(abort: Callable[[int], None], lost: Collection[int], *, first: bool) -> None:
    """Let the end of the ``first`` process be that of all, also of ranks that hang; others wait for it.

    ``abort`` ends all ranks with an exit code.
    """

    def leave() -> None:
        if first:
            print(f"p2pbo: the job is aborted at its end, without {listed(lost)}", file=sys.stderr)
        _flush()
        if first:
            abort_job(abort, CRASHED if hasattr(sys, "last_value") else 0)
        while True:
            time.sleep(1)

    _lost.update(lost)
    atexit.register(leave)


def listed(ranks: Collection[int]) -> str:
    """Return ``rank 3``, or ``ranks 1, 3``."""
    return f"rank{'s' if len(ranks) > 1 else ''} {', '.join(map(str, sorted(ranks)))}"


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
