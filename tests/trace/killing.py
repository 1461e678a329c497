"""Kills processes that write at random instants and looks at what they leave; arguments: what, a folder, how often.

A script of its own, since it forks.
"""

import os
import random
import signal
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from trace_examples import example_header, example_row

from p2pbo.errors import Notice
from p2pbo.trace import TraceWriter, open_trace
from p2pbo.trace.checkpoint import CheckpointWriter, open_checkpoint


def killed(write, told, after):
    """What a process had told when it was killed: the last of the integers that ``write`` tells."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        write(lambda number: os.write(writing, number.to_bytes(4, "little")))
    os.close(writing)
    first = os.read(reading, 4)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    numbers = first
    while block := os.read(reading, 65536):
        numbers += block
    os.close(reading)
    return int.from_bytes(numbers[-4:], "little") if numbers else told


def trace(folder, after, told):
    """Each process goes on where the one before was killed."""
    path = folder / "run.h5"

    def write(tell):
        writer = TraceWriter.resume(path, told) if path.exists() else TraceWriter(path, example_header())
        step = told
        while True:
            step += 1
            writer.append(example_row(step))
            tell(step)

    last = killed(write, told, after)
    found = open_trace(path)
    steps = found.values("step")
    assert last <= steps[-1] <= last + 1, (last, steps)
    np.testing.assert_array_equal(steps, np.arange(1, steps[-1] + 1))
    np.testing.assert_array_equal(found.values("upper_loss"), 1 / (1 + steps))
    np.testing.assert_array_equal(found.values("bytes_sent")[:, 1], 2**40 + steps)
    return last


def checkpoint(folder, after, told):
    """Each checkpoint is one array that holds its step everywhere."""
    path = folder / "run.ckpt"

    def write(tell):
        step = told
        while True:
            step += 1
            writer = CheckpointWriter(path, {}, {"step": step})
            writer.rows("state/x", 64, np.arange(64), np.full((64, 100), step))
            writer.commit()
            tell(step)

    last = killed(write, told, after)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)  # killed between the two renamings
        found = open_checkpoint(path)
    assert last <= found.step <= last + 1
    np.testing.assert_array_equal(found.rows("state/x", slice(None)), np.full((64, 100), found.step))
    return found.step


told, draw = 0, random.Random(7)
for _ in range(int(sys.argv[3])):
    told = {"trace": trace, "checkpoint": checkpoint}[sys.argv[1]](
        Path(sys.argv[2]), draw.uniform(0, 0.05), told
    )
print("survived", told)
