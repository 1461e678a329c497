"""Rank program (RANK:STEP,… p2pbo-arguments): a run on the command line in which ranks kill themselves at a step.

RANK:STEP:raises is a rank with an error of its own.
"""

import os
import signal
import sys
import warnings
from contextlib import ExitStack

from resuming import after

from p2pbo.cli import main
from p2pbo.errors import Notice
from p2pbo.runner.mpi_world import launched_rank


def ends(text):
    """(rank, the step in which it ends, how)."""
    for end in text.split(","):
        rank, step, *how = end.split(":")
        yield int(rank), int(step), fail if how else die


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def fail():
    raise RuntimeError("an error that nobody expected")


if __name__ == "__main__":
    warnings.simplefilter("default", Notice)  # a death is no error here
    own = [end for rank, *end in ends(sys.argv[1]) if rank == launched_rank()]
    sys.argv[:2] = ["p2pbo"]
    with ExitStack() as acts:
        for step, act in own:
            acts.enter_context(after(step, act))
        main()
