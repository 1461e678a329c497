"""Every preset on four graphs, on any number of ranks; imported, it runs in-process."""

import json
import sys
import warnings
from pathlib import Path

import h5py

import p2pbo
from p2pbo.algorithms import ALGORITHMS
from p2pbo.algorithms.submodels import POLICIES
from p2pbo.errors import Notice
from p2pbo.runner.mpi_world import launched_rank

QUADRATIC = {"problem": {"name": "quadratic", "samples": 20}}
LOGREG = {  # unequal shares: batches must be drawn from each node's own samples
    "problem": "logreg-hpo",
    "data": {"name": "synthetic", "samples": 300, "features": 5, "classes": 3},
    "partition": "size",
}
CODEC = "x=randk:0.4,y=qsgd:4,z=none"
UNEQUAL_TOO = {"rabo", "static", "oap", "fedrolex", "fiarse"}  # of whole models they are fedmbo and fedavg
OF_THE_PROBLEM = [
    name for name in ALGORITHMS if ALGORITHMS.make(name).variant is None and name not in UNEQUAL_TOO
]
UNEQUAL = {"batch": 8, "capacity": "1,1/2,1/8"}
EXACT = {"sparkle-ed", "sparkle-extra"}  # they need W itself
COUNTS = ("bytes_sent", "messages_sent", "edge_bytes", "edge_messages")


def runs(nodes):
    """Name and keywords of every run on ``nodes`` nodes."""
    quadratic, logreg = ("ring", "torus") if nodes == 6 else ("er:0.5", "line")
    for algorithm in OF_THE_PROBLEM:
        common = {"nodes": nodes, "algorithm": algorithm}
        name = f"{algorithm} {nodes}"
        yield (
            f"quadratic {quadratic} {name}",
            {**QUADRATIC, **common, "topology": quadratic, "settings": {"batch": 8}},
        )
        yield f"logreg {logreg} {name}", {**LOGREG, **common, "topology": logreg, "settings": {"batch": 2}}
    if nodes == 6:
        for algorithm in sorted(set(OF_THE_PROBLEM) - EXACT):
            given = {
                **QUADRATIC,
                "algorithm": algorithm,
                "nodes": nodes,
                "topology": "er:0.5",
                "codec": CODEC,
            }
            yield f"codec {algorithm} {nodes}", {**given, "settings": {"batch": 8}}
        yield from submodels(nodes)
        sampled = {"algorithm": "fedmbo", "settings": {"batch": 8, "hessian": "sampled"}}
        for codec in ("none", CODEC):
            given = {**QUADRATIC, "nodes": nodes, "topology": "er:0.5", "codec": codec}
            yield f"sampled hessian {codec.partition(',')[0]} {nodes}", {**given, **sampled}
    for kind in ("random", "random-paper"):
        yield f"{kind} {nodes}", {**QUADRATIC, "nodes": nodes, "settings": {"batch": 8, "neumann": kind}}
    yield f"float32 {nodes}", {**LOGREG, "nodes": nodes, "settings": {"batch": 2}, "dtype": "float32"}


def submodels(nodes):
    """Nodes of unequal strength: every policy, with codecs, and a network whose layers are cut."""
    common = {**QUADRATIC, "nodes": nodes, "topology": "er:0.5"}
    for policy in POLICIES:
        given = {**common, "settings": {**UNEQUAL, "masks": policy}}
        yield f"masks {policy} {nodes}", {**given, "algorithm": "rabo"}
        yield f"masks codec {policy} {nodes}", {**given, "algorithm": "oap", "codec": CODEC}
    settings = {**UNEQUAL, "coordinates": 2}
    yield f"coordinates rafbo {nodes}", {**common, "algorithm": "rafbo", "settings": settings}
    network = {"name": "hyper-representation", "hidden": 6}
    cut = {"nodes": nodes, "problem": network, "data": LOGREG["data"], "algorithm": "rabo"}
    yield f"layers {nodes}", {**cut, "settings": {**UNEQUAL, "lipschitz": 5.0}}


def run_all(folder, sizes):
    """Do all runs on networks of these sizes, each with its trace in ``folder``."""
    for nodes in sizes:
        for name, given in runs(nodes):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", Notice)  # some neighbourhoods leave a part of the model out
                p2pbo.run(**given, steps=5, log_every=5, seed=5, out=Path(folder, f"{name}.h5"))


def reals(trace):
    """Everything that is not counted and no time: the final state and what was logged."""
    times = ("wall_time", "compute_time", "wait_time", "node_oracle_time", "rank_wait_time")
    held = {name: values[...] for name, values in trace.items() if values.dtype.kind == "f"}
    return {name: values for name, values in held.items() if values.size and name not in times}


def counts(trace):
    return {name: trace[name][...] for name in COUNTS}


def has_closed_form(trace):
    return json.loads(trace.attrs["description"])["problem"]["name"] == "quadratic"


def crossings(trace):
    return trace.attrs["crossed_bytes"], trace.attrs["crossed_messages"]


def read(path, part):
    with h5py.File(path) as trace:
        return part(trace)


if __name__ == "__main__":
    run_all(sys.argv[1], map(int, sys.argv[2:]))
    print(f"ok {launched_rank()}\n", end="", flush=True)
