"""The end of a process with its parent: a launcher ends with the process that started it, ranks with their launcher."""

from __future__ import annotations

import ctypes
import sys

_PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>


def end_with_parent(number: int) -> None:
    """Have the system send this process a signal when its parent ends; on Linux alone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
