"""Rank program: one rank hangs for ever, or for a while; the others go on, and end the job without it.

usage: hanging_ranks.py RANK HOW OUT [JSON]      HOW: stopped, asleep, back; JSON: more of the run
"""

import itertools
import json
import os
import signal
import sys
import time
import warnings
from pathlib import Path
from unittest import mock

import p2pbo
from p2pbo.asynchronous.node import AsynchronousNode

SILENT_AFTER, HANGS_AT = 1.0, 50
GIVEN = {
    "problem": "quadratic",
    "algorithm": "sparkle-gt",
    "nodes": 4,
    "topology": "complete",
    "asynchronous": "on",
    "settings": {"alpha": 0.8, "beta": 0.8, "gamma": 0.8, "theta": 1.0, "radius": "off"},
    "steps": 6000,
    "log_every": 200,
    "silent_after": f"{SILENT_AFTER:g}s",
    "stall_timeout": 1.5,
}
HANGS = {
    "stopped": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "asleep": lambda: time.sleep(1000),
    "back": lambda: time.sleep(2 * SILENT_AFTER),
}


def hanging(estimate, hang, ready):
    """The same, which hangs once, after some steps, when it is ``ready``."""
    count, left = itertools.count(), [hang]

    def once(node):
        if next(count) >= HANGS_AT and left and ready():
            left.pop()()
        estimate(node)

    return once


def main(rank, how, out, more="{}"):
    from mpi4py import MPI

    warnings.simplefilter("default")  # Notices are what is told of ranks
    given, estimate = {**GIVEN, **json.loads(more)}, AsynchronousNode.estimate
    kept = Path(out).with_suffix(".ckpt")
    ready = kept.exists if "checkpoint_every" in given else lambda: True
    own = hanging(estimate, HANGS[how], ready) if MPI.COMM_WORLD.rank == int(rank) else estimate
    with mock.patch.object(AsynchronousNode, "estimate", own):
        trace = p2pbo.run(**given, out=out)
    try:
        p2pbo.run(**GIVEN)
    except p2pbo.InputError as error:
        assert f"has lost rank {rank} in an earlier run" in str(error), error
    print(f"ok {MPI.COMM_WORLD.rank}{' with the trace' * (trace is not None)}\n", end="", flush=True)
    time.sleep(0.2)  # the first to end would end the others


if __name__ == "__main__":
    main(*sys.argv[1:])
