"""Rank program: low-rank edges give every number of ranks the same bits and counts as one process."""

import numpy as np
from channel_examples import mixed, post, rows, state
from mpi4py import MPI
from unreliable import TROUBLES, network_of

from p2pbo.network.links.faults import LinkFaults
from p2pbo.topology import build

COMM = MPI.COMM_WORLD
NODES, DIM = 12, 31
SHAPES = [(4, 5), (11,)]


def passed(comm, specs, dtype, conditions):
    """Every round's rows of the hosted nodes, and the counts of their edges."""
    topology = build("er:0.3", NODES, seed=5)
    compression = mixed(topology, specs, shapes={"x": SHAPES})
    network = network_of(topology, conditions, comm=comm, dtype=dtype, codecs=compression)
    own = slice(network.hosted.start, network.hosted.stop)
    V, T = (rows(seed, DIM, dtype, NODES)[own] for seed in (0, 1))
    seen = []
    for _ in range(7):
        pending = post(network, state(V), state(T, "x01", donated=True))
        pending.poll()
        V, T = pending.wait()
        T = T + V
        seen += [V, T]
    counts, edges = (network.edge_bytes, network.edge_messages), network.plan.edges
    network.close()
    return own, edges, seen, counts


def check(specs, dtype, conditions=LinkFaults()):  # noqa: B008 - a constant
    own, edges, found, counts = passed(COMM, specs, dtype, conditions)
    _, _, expected, all_counts = passed(None, specs, dtype, conditions)
    for V, reference in zip(found, expected, strict=True):
        if len(specs) == 1 and not conditions.delay:  # else edges add up in another order
            np.testing.assert_array_equal(V, reference[own])
        np.testing.assert_allclose(V, reference[own], rtol=1e-9)
    for mine, everyones in zip(counts, all_counts, strict=True):
        np.testing.assert_array_equal(mine, everyones[edges])


if __name__ == "__main__":
    for dtype in (np.float64, np.float32):
        check(["lowrank:2"], dtype)
    check(["lowrank:2"], np.float64, TROUBLES["drop"])
    check(["lowrank:1", "lowrank:3"], np.float64, TROUBLES["all together"])
    print(f"ok {COMM.Get_rank()}\n", end="", flush=True)
