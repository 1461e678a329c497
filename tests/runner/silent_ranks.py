"""Rank program: a rank sleeps for longer than others have patience; its nodes and theirs go on, each with their own."""

import itertools
import time
import warnings
from unittest import mock

import numpy as np

import p2pbo
from p2pbo.asynchronous.node import AsynchronousNode

SLEEPER, SLEEP, SILENT_AFTER = 1, 2.5, "800ms"
STEPS = {"alpha": 0.8, "beta": 0.8, "gamma": 0.8, "theta": 1.0, "radius": "off"}
GIVEN = {
    "problem": "quadratic",
    "algorithm": "sparkle-gt",
    "nodes": 4,
    "asynchronous": "on",
    "settings": STEPS,
    "steps": 10**6,
    "log_every": 500,
    "until": f"wall_time={2 * SLEEP + 1}",
}


def sleeping(estimate):
    count = itertools.count()

    def once(node):
        if next(count) == 200:
            time.sleep(SLEEP)
        estimate(node)

    return once


def main():
    from mpi4py import MPI

    rank = MPI.COMM_WORLD.rank
    estimate = AsynchronousNode.estimate
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with mock.patch.object(
            AsynchronousNode, "estimate", sleeping(estimate) if rank == SLEEPER else estimate
        ):
            trace = p2pbo.run(**GIVEN, silent_after=SILENT_AFTER)
    if rank == 0:
        pairs = {"node 0 drops its edge with node 3", "node 1 drops its edge with node 2"}
        said = [str(warning.message) for warning in caught]
        assert sorted(said) == [f"{pair}, which has been silent for 800ms" for pair in sorted(pairs)], said
        (a, b), (c, d) = np.split(trace.final.x, 2)
        assert max(np.abs(a - b).max(), np.abs(c - d).max()) < 1e-8
        assert np.abs(a - c).max() > 1e-2
    print(f"ok {rank}\n", end="", flush=True)


if __name__ == "__main__":
    main()
