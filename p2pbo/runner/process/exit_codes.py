"""The end of a process by an error: its exit code, and what it prints."""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING

from p2pbo.errors import CollectiveInputError, InputError, WriteError
from p2pbo.memory import out_of_memory_error
from p2pbo.runner.process.signals import Stopped

if TYPE_CHECKING:
    from p2pbo.trace import Trace

CRASHED, BAD_INPUT, DIVERGED, STALLED, UNWRITABLE, STOPPED, INTERRUPTED = 1, 2, 3, 69, 74, 75, 130

REPORT_SECONDS = 2.0
"""Seconds over which ranks spread their reports: where all fail at once, rank 0's abort silences the others."""


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
    return isinstance(error, CollectiveInputError) or (
        isinstance(error, (Diverged, Stopped)) and error.everywhere
    )
