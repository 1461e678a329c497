"""Every preset on three graphs, on any number of ranks; imported, it runs in-process."""

import json
import sys
import warnings
from itertools import islice
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
    name
    for name, made in ((name, ALGORITHMS.make(name)) for name in ALGORITHMS)
    if made.variant is None and not made.asynchronous({}) and name not in UNEQUAL_TOO
]
"""Without rounds arrivals decide, and runs on other ranks are others."""
UNEQUAL = {"batch": 8, "capacity": "1,1/2,1/8"}
EXACT = {"fab", "sparkle-ed", "sparkle-extra"}  # they need W itself
COUNTS = ("bytes_sent", "messages_sent", "edge_bytes", "edge_messages")


def method(algorithm):
    """A method and the lower level that it is for."""
    return {"algorithm": algorithm, "lower_level": ALGORITHMS.make(algorithm).lower_level}


def runs(nodes):
    """Name and keywords of every run on ``nodes`` nodes."""
    quadratic = nodes == 6
    topology, problem, batch = ("ring", QUADRATIC, 8) if quadratic else ("line", LOGREG, 2)
    for algorithm in OF_THE_PROBLEM:
        given = {**problem, "nodes": nodes, **method(algorithm), "topology": topology}
        yield f"{topology} {algorithm} {nodes}", {**given, "settings": {"batch": batch}}
    if quadratic:
        for algorithm in sorted(set(OF_THE_PROBLEM) - EXACT):
            codec = CODEC if ALGORITHMS.make(algorithm).lower_level == "shared" else "randk:0.4"
            given = {**QUADRATIC, **method(algorithm), "nodes": nodes, "topology": "er:0.5", "codec": codec}
            yield f"codec {algorithm} {nodes}", {**given, "settings": {"batch": 8}}
        low_rank = {**QUADRATIC, "nodes": nodes, "topology": "er:0.5", "codec": "x=lowrank:2,y=lowrank:1"}
        yield f"low rank {nodes}", {**low_rank, "algorithm": "sparkle-gt", "settings": {"batch": 8}}
        yield from submodels(nodes)
        sampled = {"algorithm": "fedmbo", "settings": {"batch": 8, "hessian": "sampled"}}
        for codec in ("none", CODEC):
            given = {**QUADRATIC, "nodes": nodes, "topology": "er:0.5", "codec": codec}
            yield f"sampled hessian {codec.partition(',')[0]} {nodes}", {**given, **sampled}
    for kind in ("random", "random-paper"):
        yield f"{kind} {nodes}", {**QUADRATIC, "nodes": nodes, "settings": {"batch": 8, "neumann": kind}}
    own = {"algorithm": "vrdbo", "lower_level": "local", "exact": "on", "settings": {"batch": 2}}
    yield f"logreg own {nodes}", {**LOGREG, **own, "nodes": nodes}
    for algorithm in ("mdbo", "sparkle-gt"):  # its presets are above
        given = {
            **problem,
            "nodes": nodes,
            "topology": topology,
            "algorithm": algorithm,
            "lower_level": "local",
        }
        yield f"{algorithm} own {nodes}", {**given, "settings": {"batch": batch}}
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


def every(number, nodes):
    """Every so many-th of the runs."""
    return islice(runs(nodes), None, None, number)


def run_all(folder, sizes, number=1):
    """Do all runs on networks of these sizes, or every so many-th, each with its trace in ``folder``."""
    for nodes in sizes:
        for name, given in every(number, nodes):
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
    folder, nodes, number = sys.argv[1:]
    run_all(folder, [int(nodes)], int(number))
    print(f"ok {launched_rank()}\n", end="", flush=True)
