"""The abort of a job: an error on one rank ends all of them, is printed once, and gives the exit code."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from p2pbo.errors import InputError, WriteError
from p2pbo.memory import out_of_memory_error
from p2pbo.network.ranks import CollectiveInputError
from p2pbo.network.wire.fault_tolerant import Revoked
from p2pbo.runner.process.signals import Stopped, signals_ignored

if TYPE_CHECKING:
    from mpi4py import MPI

    from p2pbo.trace import Trace

CRASHED, BAD_INPUT, DIVERGED, STALLED, UNWRITABLE, STOPPED, INTERRUPTED = 1, 2, 3, 69, 74, 75, 130

REPORT_SECONDS = 2.0
"""Seconds over which ranks spread their reports: where all fail at once, rank 0's abort silences the others."""

FORWARD_SECONDS = 0.2
"""Seconds for a launcher to pass a report on before it adds its own remarks on the abort."""


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
    """Return the exit code of a process that ends with this error; never 0.

    2 bad input · 3 diverged · 74 a file cannot be written · 75 stopped on request, can be gone on with ·
    130 interrupted · a SystemExit's own code · 1 anything else. A stalled run ends with 69
    (:mod:`p2pbo.runner.process.watchdog`).
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


def print_error(error: BaseException) -> None:
    """Print the error: one line where a user can mend it, else the traceback."""
    match error:
        case InputError() | Diverged() | WriteError() | Stopped():
            print(f"p2pbo: {error}", file=sys.stderr, flush=True)
        case KeyboardInterrupt():
            print("p2pbo: interrupted", file=sys.stderr, flush=True)
        case MemoryError():
            print(f"p2pbo: {out_of_memory_error('the run', error)}", file=sys.stderr, flush=True)
        case _:
            print("".join(traceback.format_exception(error)), end="", file=sys.stderr, flush=True)


def raised_on_all_ranks(error: BaseException) -> bool:
    """Tell whether all ranks raise this error alike, after all that they had to tell each other."""
    return isinstance(error, (CollectiveInputError, Stopped)) or (
        isinstance(error, Diverged) and error.everywhere
    )


@contextmanager
def abort_on_error(comm: MPI.Intracomm | None) -> Iterator[None]:
    """Abort all ranks of ``comm``, inside, on an exception (SystemExit too) of any, with its exit code.

    An error that all ranks raise alike passes through; so does every error where there is one rank only.
    """
    try:
        yield
    except Revoked:
        time.sleep(
            2 * REPORT_SECONDS
        )  # the rank that has failed reports before, and its exit code is the job's
        os._exit(0)
    except BaseException as error:
        if raised_on_all_ranks(error) or comm is None or comm.Get_size() == 1:
            raise
        with signals_ignored():
            time.sleep(_report_delay(comm.Get_rank(), comm.Get_size()))
            print_error(error)
            time.sleep(FORWARD_SECONDS)
            comm.Abort(exit_code(error))
        os._exit(exit_code(error))  # MPICH's Abort may return before the others are told


def _report_delay(rank: int, size: int) -> float:
    """Return how many seconds a rank waits with its report: an abort by rank 0 reaches it before it prints."""
    return REPORT_SECONDS / 2 * (1 + rank / size) if rank else 0.0
