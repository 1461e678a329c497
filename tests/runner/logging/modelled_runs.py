"""Runs with a modelled time; as a rank program (FOLDER) by all ranks together.

The ranks of the last one measure what they compute; the last rank's oracles take their time.
"""

import sys
import time
from pathlib import Path

import networkx as nx

import p2pbo
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.problems.catalogue.quadratic import QuadraticOracles
from p2pbo.runner.mpi_world import launched_rank

NODES, STEPS = 6, 9
CARDS, SPEEDS = [3e5, 5e5, 2e5, 1e6, 9e5, 4e5], [1.0, 0.5, 2.0, 1.5, 0.5, 0.8]
SLOW = 0.02
"""Seconds that each step takes the rank of the last node at least."""


def network():
    """A ring of nodes with different cards and speeds."""
    graph = nx.cycle_graph(NODES)
    nx.set_node_attributes(graph, {node: CARDS[node] for node in graph}, "bandwidth")
    nx.set_node_attributes(graph, {node: SPEEDS[node] for node in graph}, "speed")
    nx.set_edge_attributes(graph, 2.0, "latency")
    return graph


GIVEN = {"topology": network(), "steps": STEPS, "log_every": 3, "seed": 4, "settings": {"batch": 8}}
DRAWN = {
    "drawn": {"compute_time": "lognormal:3ms:0.5"},
    "after the oracles": {"compute_time": "lognormal:3ms:0.5", "algorithm": "d-soba"},
    "inner loops": {"compute_time": "lognormal:30ms:0.5", "algorithm": "ma-dsbo"},
    "troubled": {"compute_time": "5ms", "codec": "randk:0.3", "links": {"drop": 0.2, "stragglers": 0.2}},
}


def run(out, **given):
    return p2pbo.run(**{"problem": {"name": "quadratic", "samples": 20}, "out": out, **GIVEN, **given})


class SlowOracles(QuadraticOracles):
    """Those of the quadratic problem, whose upper one takes ``SLOW`` seconds longer."""

    def upper(self, X, Y, batch):
        time.sleep(SLOW)
        return super().upper(X, Y, batch)


def run_measured(out, **given):
    """A run whose last node is slow, and with it all that its rank hosts."""
    problem = PROBLEMS.make("quadratic", ProblemContext(NODES))
    sound = problem.closed_oracles

    def host(problem, nodes, dtype):
        oracles = sound(problem, nodes, dtype)
        if NODES - 1 in nodes:
            oracles.__class__ = SlowOracles
        return oracles

    problem.closed_oracles = host
    return run(out, problem=problem, compute_time="measured", **given)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name, given in DRAWN.items():
        run(folder / f"{name}.h5", **given)
    run_measured(folder / "measured.h5", checkpoint_every=4)
    print(f"ok {launched_rank()}\n", end="", flush=True)
