"""A problem whose oracles fail at their third call; as a rank program (KIND NODE OUT): a run on it.

As a rank program (``unlike``): runs that are not the same on all ranks.

Written as a user would: nothing in it knows of MPI but through p2pbo.run.
"""

import ctypes
import os
import signal
import sys
import time

import numpy as np

import p2pbo
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.problems.catalogue.quadratic import QuadraticOracles
from p2pbo.runner import header
from p2pbo.runner.mpi_world import launched_rank

NODES = 8


class FailingOracles(QuadraticOracles):
    """Those of the quadratic problem, until the third call."""

    calls, kind, row = 0, "", 0

    def upper(self, X, Y, batch):
        self.calls += 1
        fx, fy = super().upper(X, Y, batch)
        if self.calls == 3:
            fx[self.row] = fail(self.kind)
        return fx, fy


def fail(kind):
    print(f"failing at {time.time()}\n", end="", flush=True)
    match kind:
        case "exception":
            raise RuntimeError("an oracle that nobody expected to fail")
        case "exit":
            raise SystemExit(0)
        case "interrupt":
            raise KeyboardInterrupt
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "gone":
            os._exit(0)
        case "segfault":
            ctypes.string_at(0)
    return np.nan


def run(kind, node, out):
    """A run in which the host of ``node`` ("all": every rank) fails in the way that ``kind`` says."""
    problem = PROBLEMS.make("quadratic", ProblemContext(NODES))
    sound = problem.closed_oracles

    def host(problem, nodes, dtype):
        oracles = sound(problem, nodes, dtype)
        if node == "all" or int(node) in nodes:
            oracles.__class__, oracles.kind = FailingOracles, kind
            oracles.row = 0 if node == "all" else int(node) - nodes.start
        return oracles

    problem.closed_oracles = host
    return p2pbo.run(problem=problem, steps=50, log_every=1, out=out)


def unlike():
    """Say what each run is refused with."""
    rank = launched_rank()
    for given in ({"nodes": 4 + rank}, {"steps": 5 + rank}, {}):
        if not given:
            header.version = lambda package: f"1.{rank}"  # of p2pbo, numpy and torch
        try:
            p2pbo.run(problem="quadratic", **given)
        except p2pbo.InputError as error:
            print(f"{rank} {error}\n", end="", flush=True)


if __name__ == "__main__":
    unlike() if sys.argv[1:] == ["unlike"] else run(*sys.argv[1:])
