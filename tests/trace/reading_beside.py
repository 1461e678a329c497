"""Reads a trace beside the process that writes it; arguments: who reads, a folder, how often.

Each figure of a row is its step, so that a row of which only a part is there shows. A script of its own, since it
forks.
"""

import os
import signal
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import xarray
from trace_examples import NODES, example_header

from p2pbo.trace import TraceRow, TraceWriter, open_trace

METRICS = ("upper_loss", "lower_loss", "consensus_x", "consensus_y", "wall_time", "wait_time", "y_error")
NODE_METRICS = ("node_upper_loss", "bytes_sent", "messages_sent", "node_oracle_time")


def write(path):
    """A row a millisecond, as long as this process lives."""
    writer, step = TraceWriter(path, example_header()), 0
    while True:
        nodes = {name: np.full(NODES, step, float) for name in NODE_METRICS}
        writer.append(TraceRow(step, dict.fromkeys(METRICS, float(step)), nodes))
        step += 1
        time.sleep(0.001)


def by_p2pbo(path):
    dataset = open_trace(path).dataset
    return {name: dataset[name].values for name in (*METRICS, *NODE_METRICS, "step") if name in dataset}


def by_xarray(path):
    with xarray.open_dataset(path, engine="h5netcdf") as dataset:
        return {name: dataset[name].values for name in (*METRICS, *NODE_METRICS, "step") if name in dataset}


def by_h5py(path):
    with h5py.File(path) as file:
        return {name: file[name][...] for name in (*METRICS, *NODE_METRICS, "step") if name in file}


def by_copies(path):
    copy = path.with_name("copy.h5")
    copy.unlink(missing_ok=True)
    open_trace(path).save(copy)
    return by_h5py(copy)


READERS = {"p2pbo": by_p2pbo, "copies": by_copies, "xarray": by_xarray, "h5py": by_h5py}


def check(found):
    """Every figure has a whole number of rows, the same, and each row is its own step throughout."""
    steps = np.arange(len(found["step"]))
    assert len(steps) == 0 or len(found) == len(METRICS) + len(NODE_METRICS) + 1, sorted(found)
    for name, values in found.items():
        expected = steps[:, None] if values.ndim == 2 else steps
        np.testing.assert_array_equal(values, np.broadcast_to(expected, values.shape), err_msg=name)
        assert len(values) == len(steps), name
    return len(steps)


path = Path(sys.argv[2]) / "run.h5"
child = os.fork()
if not child:
    write(path)
try:
    while not (path.exists() and path.stat().st_size and open_trace(path).rows):
        time.sleep(0.01)
    whole, refused, last = 0, 0, 0
    while whole < int(sys.argv[3]):
        try:
            found = READERS[sys.argv[1]](path)
        except BlockingIOError:  # in the instant in which the writer changes the file
            refused += 1
            continue
        rows = check(found)
        assert rows >= last, "rows that were there are gone"
        whole, last = whole + 1, rows
        time.sleep(0.001)
    assert last > 1
    print(whole, refused)
finally:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
