"""Every preset on four graphs, on any number of ranks; imported, it runs in-process."""

import sys
from pathlib import Path

import h5py

import p2pbo
from p2pbo.algorithms import METHODS
from p2pbo.runner.launcher import launched_rank

QUADRATIC = {"problem": {"name": "quadratic", "samples": 20}}
LOGREG = {  # unequal shares: batches must be drawn from each node's own samples
    "problem": "logreg-hpo",
    "data": {"name": "synthetic", "samples": 300, "features": 5, "classes": 3},
    "partition": "size",
}
CODEC = "x=randk:0.4,y=qsgd:4,z=none"
EXACT = {"sparkle-ed", "sparkle-extra"}  # they need W itself
COUNTS = ("bytes_sent", "messages_sent", "edge_bytes", "edge_messages")


def runs(nodes):
    """Name and keywords of every run on ``nodes`` nodes."""
    quadratic, logreg = ("ring", "torus") if nodes == 6 else ("er:0.5", "line")
    for algorithm in METHODS:
        common = {"nodes": nodes, "algorithm": algorithm}
        name = f"{algorithm} {nodes}"
        yield (
            f"quadratic {quadratic} {name}",
            {**QUADRATIC, **common, "topology": quadratic, "settings": {"batch": 8}},
        )
        yield f"logreg {logreg} {name}", {**LOGREG, **common, "topology": logreg, "settings": {"batch": 2}}
    if nodes == 6:
        for algorithm in sorted(set(METHODS) - EXACT):
            given = {
                **QUADRATIC,
                "algorithm": algorithm,
                "nodes": nodes,
                "topology": "er:0.5",
                "codec": CODEC,
            }
            yield f"codec {algorithm} {nodes}", {**given, "settings": {"batch": 8}}
    for kind in ("random", "random-paper"):
        yield f"{kind} {nodes}", {**QUADRATIC, "nodes": nodes, "settings": {"batch": 8, "neumann": kind}}
    yield f"float32 {nodes}", {**LOGREG, "nodes": nodes, "settings": {"batch": 2}, "dtype": "float32"}


def run_all(folder, sizes):
    """Do all runs on networks of these sizes, each with its trace in ``folder``."""
    for nodes in sizes:
        for name, given in runs(nodes):
            p2pbo.run(**given, steps=5, log_every=5, seed=5, out=Path(folder, f"{name}.h5"))


def reals(trace):
    """Everything that is not counted and no time: the final state and what was logged."""
    times = ("wall_time", "compute_time", "wait_time")
    held = {name: values[...] for name, values in trace.items() if values.dtype.kind == "f"}
    return {name: values for name, values in held.items() if values.size and name not in times}


def counts(trace):
    return {name: trace[name][...] for name in COUNTS}


def crossings(trace):
    return trace.attrs["crossed_bytes"], trace.attrs["crossed_messages"]


def read(path, part):
    with h5py.File(path) as trace:
        return part(trace)


if __name__ == "__main__":
    run_all(sys.argv[1], map(int, sys.argv[2:]))
    print(f"ok {launched_rank()}\n", end="", flush=True)
