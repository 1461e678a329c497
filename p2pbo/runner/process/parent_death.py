"""The end of a process with the one that started it, so that no rank and no launcher stays behind alone."""

from __future__ import annotations

import ctypes
import sys

_PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>


def end_with_parent(number: int) -> None:
    """Have this process sent a signal when the one that started it ends; where the system can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
