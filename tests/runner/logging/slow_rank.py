"""Rank program (OUT.h5 [ARGUMENT...]): ``p2pbo run`` where the last but one rank sleeps in every step."""

import sys
import time

from p2pbo.algorithms import ComposedAlgorithm
from p2pbo.cli import main
from p2pbo.runner.mpi_world import world

SLOW, SECONDS, STEPS = 2, 0.2, 12


def sleeping(step):
    def slow(*arguments):
        if world().rank == SLOW:
            time.sleep(SECONDS)
        return step(*arguments)

    return slow


if __name__ == "__main__":
    out, *others = sys.argv[1:]
    ComposedAlgorithm.step = sleeping(ComposedAlgorithm.step)
    run = ("run", "--problem=quadratic", "--nodes=8", f"--steps={STEPS}", "--log-every=5", "--quiet")
    sys.argv = ["p2pbo", *run, "--out", out, *others]
    main()
