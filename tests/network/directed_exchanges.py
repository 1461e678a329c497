"""Rank program: over directed graphs rows come back multiplied by R and C, and out-edges alone are counted."""

import networkx as nx
import numpy as np
from mpi4py import MPI

from p2pbo.network import Consensus, Network, Push, Stream
from p2pbo.network.rank_diameter import rank_diameter
from p2pbo.topology import build

COMM = MPI.COMM_WORLD
HUB = nx.DiGraph([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 0), (2, 0), (0, 4), (5, 1)])
CHANGING = build("one-peer-exponential:random", 7)
GRAPHS = [build("directed-ring", 7), build("directed-ring:3", 8), build(HUB)]
STREAMS = (Stream("x00"), Stream("x01", Push()), Stream("y00", Consensus()), Stream("y01", Push()))
WIDTHS = (3, 3, 5, 5)


def check(topology, dtype, tolerance):
    network, K = Network(topology, COMM, dtype), topology.nodes
    own, draw = network.hosted, np.random.default_rng(0)
    R, C = topology.matrix(), topology.push_matrix()
    for _ in range(4):
        rows = [draw.standard_normal((K, width)) for width in WIDTHS]
        sent = [V.astype(stream.dtype(network.dtype)) for V, stream in zip(rows, STREAMS, strict=True)]
        mixed = network.exchange(STREAMS, WIDTHS).post([V[own] for V in sent]).wait()
        for matrix, V, found in zip((R, C, R, C), sent, mixed, strict=True):
            exact = matrix is C
            assert found.dtype == (np.float64 if exact else dtype)
            np.testing.assert_allclose(found, (matrix @ V)[own], atol=1e-15 if exact else tolerance)
    row_bytes = 8 * (np.dtype(dtype).itemsize + 8)
    assert (network.edge_bytes == 4 * row_bytes).all()
    assert (network.edge_messages == 4).all()
    assert len(network.edge_bytes) == np.isin(topology.source, own).sum()
    rank_of = network.placement.rank_of
    crossing = {
        (int(a), int(r)) for a, r in zip(topology.source, rank_of(topology.target), strict=True) if a in own
    }
    assert network.crossed_bytes == 4 * row_bytes * len({pair for pair in crossing if pair[1] != COMM.rank})
    check_notice(network)
    network.close()


def check_notice(network):
    """Whoever gives a notice, after as many rounds as the diameter of the graph of ranks all have heard it."""
    rows = [np.zeros((len(network.hosted), width)) for width in WIDTHS]
    rounds = rank_diameter(network.topology, network.placement)
    for giver in range(COMM.size):
        if giver == COMM.rank:
            network.notices.stop = 1000 - giver
        for _ in range(rounds):
            network.exchange(STREAMS, WIDTHS).post(rows).wait()
        assert network.notices.stop == 1000 - giver


def check_changing(topology):
    """Rows of a round come by the R and C of its graph, and no other edges are counted; notices pass over all."""
    network = Network(topology, COMM, seed=3)
    own, draw = network.hosted, np.random.default_rng(0)
    carried = np.zeros(len(topology.source), int)
    for round_ in range(6):
        up = topology.present(round_, 3)
        carried += up
        rows = [draw.standard_normal((topology.nodes, width)) for width in WIDTHS]
        mixed = network.exchange(STREAMS, WIDTHS).post([V[own] for V in rows]).wait()
        R, C = topology.matrix(up), topology.push_matrix(up)
        for matrix, V, found in zip((R, C, R, C), rows, mixed, strict=True):
            np.testing.assert_allclose(found, (matrix @ V)[own], atol=1e-14)
    np.testing.assert_array_equal(network.edge_messages, carried[network.plan.edges])
    check_notice(network)
    network.close()


check_changing(CHANGING)
for graph in GRAPHS:
    check(graph, np.float64, 1e-14)
    check(graph, np.float32, 1e-5)
print(f"ok {COMM.rank}\n", end="", flush=True)
