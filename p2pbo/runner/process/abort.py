"""All or nothing: an error on one rank ends the whole job, is printed once, and gives the exit code."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from p2pbo.errors import InputError, WriteError
from p2pbo.memory import exhausted
from p2pbo.network.ranks import Refused
from p2pbo.network.wire.fault_tolerant import Forsaken
from p2pbo.runner.process.signals import Stopped, unasked

if TYPE_CHECKING:
    from mpi4py import MPI

    from p2pbo.trace import Trace

CRASHED, BAD_INPUT, DIVERGED, STALLED, UNWRITABLE, STOPPED, INTERRUPTED = 1, 2, 3, 69, 74, 75, 130

PATIENCE = 2.0
"""Seconds over which ranks spread their reports: where all fail at once, rank 0's abort silences the others."""

FORWARDING = 0.2
"""Seconds that a launcher gets to pass a report on before its own remarks on the abort."""


class Diverged(RuntimeError):
    """The state of a node holds NaN or infinity, or has outgrown the start.

    Attributes:
        everywhere: whether all ranks raise it alike, after the same step; else it ends the job.
        trace: with the rows logged so far, on rank 0.
    """

    trace: Trace | None = None

    def __init__(self, text: str, *, everywhere: bool = False) -> None:
        super().__init__(text)
        self.everywhere = everywhere


def exit_code(error: BaseException) -> int:
    """Return the process's; never 0.

    2 bad input · 3 diverged · 74 a file cannot be written · 75 stopped on request, can be gone on with ·
    130 interrupted · a SystemExit's own code · 1 anything else. A stalled run ends with 69 (:mod:`watchdog`).
    """
    match error:
        case InputError():
            return BAD_INPUT
        case Diverged():
            return DIVERGED
        case WriteError():
            return UNWRITABLE
        case Stopped():
            return STOPPED
        case KeyboardInterrupt():
            return INTERRUPTED
        case SystemExit(code=int(code)) if code:
            return code
    return CRASHED


def report(error: BaseException) -> None:
    """Print the error: one line for what a user can mend, the traceback for what nobody expected."""
    match error:
        case InputError() | Diverged() | WriteError() | Stopped():
            print(f"p2pbo: {error}", file=sys.stderr, flush=True)
        case KeyboardInterrupt():
            print("p2pbo: interrupted", file=sys.stderr, flush=True)
        case MemoryError():
            print(f"p2pbo: {exhausted('the run', error)}", file=sys.stderr, flush=True)
        case _:
            print("".join(traceback.format_exception(error)), end="", file=sys.stderr, flush=True)


def shared(error: BaseException) -> bool:
    """Tell whether all ranks raise it alike, after all that they had to tell each other."""
    return isinstance(error, (Refused, Stopped)) or (isinstance(error, Diverged) and error.everywhere)


@contextmanager
def all_or_nothing(comm: MPI.Intracomm | None) -> Iterator[None]:
    """Inside, an exception (SystemExit too) on any rank of ``comm`` aborts all of them with its exit code.

    An error that all ranks raise alike passes through; so does every error where there is one rank only.
    """
    try:
        yield
    except Forsaken:
        time.sleep(2 * PATIENCE)  # whoever has failed speaks before, and its exit code is the job's
        os._exit(0)
    except BaseException as error:
        if shared(error) or comm is None or comm.Get_size() == 1:
            raise
        with unasked():
            time.sleep(_turn(comm.Get_rank(), comm.Get_size()))
            report(error)
            time.sleep(FORWARDING)
            comm.Abort(exit_code(error))
        os._exit(exit_code(error))  # MPICH's Abort may return before the others are told


def _turn(rank: int, size: int) -> float:
    """Seconds that a rank waits with its report: an abort by rank 0 reaches the others before any of them speaks."""
    return PATIENCE / 2 * (1 + rank / size) if rank else 0.0
