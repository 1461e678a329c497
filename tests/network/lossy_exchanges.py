"""Rank program: lossy rounds give every number of ranks the same rows and counts as one process."""

import numpy as np
from channel_examples import MASKABLE, SPECS, innovation, mixed, rows, sent, state
from mpi4py import MPI

from p2pbo.network import Network
from p2pbo.topology import build

COMM = MPI.COMM_WORLD
NODES = 12


def passed(comm, graph, specs, dtype, scope):
    """Every round's rows of the hosted nodes, and the counts of their edges."""
    topology = build(graph, NODES, seed=5)
    network = Network(topology, comm, dtype, mixed(topology, specs, scope=scope))
    own = slice(network.hosted.start, network.hosted.stop)
    V, D = (rows(seed, dtype=dtype, nodes=NODES)[own] for seed in (0, 1))
    seen = []
    for _ in range(4):
        pending = network.send([state(V), state(D, "x01"), innovation(D, 0.3, name="x02")])
        pending.poll()
        V, D, T = pending.wait()
        (T,) = sent(network, innovation(T, rounds=1))
        seen += [V, D, T]
    counts = network.edge_bytes, network.edge_messages
    edges = network.plan.edges
    network.close()
    return own, edges, seen, counts


def check(graph, specs, dtype, scope):
    own, edges, found, counts = passed(COMM, graph, specs, dtype, scope)
    _, _, expected, all_counts = passed(None, graph, specs, dtype, scope)
    tolerance = 1e-12 if dtype == np.float64 else 1e-5
    for V, reference in zip(found, expected, strict=True):
        np.testing.assert_allclose(V, reference[own], rtol=0, atol=tolerance * np.abs(reference).max())
    for mine, everyones in zip(counts, all_counts, strict=True):
        np.testing.assert_array_equal(mine, everyones[edges])


if __name__ == "__main__":
    for graph in ("ring", "er:0.3"):
        for specs in ([MASKABLE[0]], MASKABLE, SPECS):
            for scope in ("edge", "node"):
                check(graph, specs, np.float64, scope)
        check(graph, [MASKABLE[0]], np.float32, "edge")
    print(f"ok {COMM.Get_rank()}\n", end="", flush=True)
