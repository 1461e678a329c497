"""Rank program (RANK STEP SIGNAL p2pbo-arguments): a rank gets a signal in its first row from a step on."""

import signal
import sys
from unittest import mock

from p2pbo.cli import main
from p2pbo.runner.checks.divergence import DivergenceLimits
from p2pbo.runner.mpi_world import launched_rank


def signalling(step, number):
    """``outgrown`` of a process that gets the signal."""
    really, given = DivergenceLimits.outgrown, []

    def outgrown(limits, state):
        if state.step >= step and not given:
            given.append(state.step)
            signal.raise_signal(number)
        return really(limits, state)

    return outgrown


if __name__ == "__main__":
    rank, step, name = sys.argv[1:4]
    sys.argv[:4] = ["p2pbo"]
    if int(rank) == launched_rank():
        number = signal.Signals[name]
        mock.patch.object(DivergenceLimits, "outgrown", signalling(int(step), number)).start()
    main()
