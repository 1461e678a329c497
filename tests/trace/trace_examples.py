"""A small run to trace; as a script it writes rows to the file it is given until it is killed."""

import sys
import time
from pathlib import Path

import numpy as np

from p2pbo.trace import Header, TraceRow, TraceWriter
from p2pbo.trace.storage.journaled_file import APPLY_PERIOD

NODES = 4
DESCRIPTION = {"algorithm": {"name": "mdbo", "eta": 0.1}, "nodes": NODES, "note": "Σ‖x_i − x̄‖²"}


def example_header(dim_z=0, dim_u=0):
    nodes = np.arange(NODES)
    return Header(
        description=DESCRIPTION,
        nodes=NODES,
        dim_x=3,
        dim_y=2,
        dim_z=dim_z,
        dim_u=dim_u,
        edge_source=np.concatenate([nodes, nodes]),
        edge_target=np.concatenate([(nodes + 1) % NODES, (nodes - 1) % NODES]),
        edge_codec=["none", "topk:0.1"] * NODES,
        attributes={"seed": 7, "spectral_gap": 0.5, "mpi_library": "none"},
    )


def example_row(step):
    return TraceRow(
        step=step,
        metrics={"upper_loss": 1 / (1 + step), "wall_time": 0.1 * step, "validation_margin": -0.5 * step},
        node_metrics={
            "node_upper_loss": np.arange(NODES) / (1 + step),
            "bytes_sent": np.full(NODES, 2**40 + step),
        },
    )


def example_state(first, dim):
    return np.arange(first * dim, (first + 2) * dim, dtype=np.float32).reshape(2, dim)


def complete(writer):
    for step in (0, 10, 20):
        writer.append(example_row(step))
    writer.write_edge_counts(range(8), range(0, 16, 2))
    for name, dim in (("final_x", 3), ("final_y", 2)):
        for first in (0, 2):
            writer.write_final(name, first, example_state(first, dim))
    return writer.close("completed")


if __name__ == "__main__":
    growing = TraceWriter(Path(sys.argv[1]), example_header())
    for count in range(int(sys.argv[2])):
        time.sleep(
            APPLY_PERIOD * (count + 1 == int(sys.argv[2]))
        )  # the last one does not wait for others any more
        growing.append(example_row(count))
    print("flushed", flush=True)
    sys.stdin.read()
