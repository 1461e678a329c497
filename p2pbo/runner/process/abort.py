"""The abort of a job: an error on one rank ends all of them, is printed once, and gives the exit code."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from p2pbo.network.wire.fault_tolerant import Revoked
from p2pbo.runner.process.exit_codes import REPORT_SECONDS, exit_code, print_error, raised_on_all_ranks
from p2pbo.runner.process.signals import signals_ignored

if TYPE_CHECKING:
    from mpi4py import MPI

FORWARD_SECONDS = 0.2
"""Seconds for a launcher to pass a report on before it adds its own remarks on the abort."""


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
            abort_job(comm.Abort, exit_code(error))
        os._exit(exit_code(error))  # MPICH's Abort may return before the others are told


def abort_job(abort: Callable[[int], None], code: int) -> None:
    """Call ``abort``, which ends all ranks, and end this one soon where that does not.

    On a host that is cut off MPICH's abort waits for ever, with Python's lock; no other thread runs then.
    """
    threading.Timer(REPORT_SECONDS, os._exit, (code,)).start()
    signal.setitimer(signal.ITIMER_REAL, 2 * REPORT_SECONDS)
    abort(code)


def aborting(comm: MPI.Intracomm | None) -> Callable[[int], None]:
    """Return what ends all ranks of ``comm`` with an exit code; one process alone it leaves as it is."""

    def abort(code: int) -> None:
        if comm is not None:
            comm.Abort(code)

    return abort


def _report_delay(rank: int, size: int) -> float:
    """Return how many seconds a rank waits with its report: an abort by rank 0 reaches it before it prints."""
    return REPORT_SECONDS / 2 * (1 + rank / size) if rank else 0.0
