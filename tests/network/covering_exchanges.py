"""Rank program: rounds of parts of rows give every number of ranks the same rows and counts as one process."""

import numpy as np
from channel_examples import innovation, mixed, rows, sent, state
from covering_examples import drawn, entries, part
from mpi4py import MPI

from p2pbo.network import Network
from p2pbo.topology import build

COMM = MPI.COMM_WORLD
NODES, ROUNDS = 12, 3
LOSSY = ["randk:0.3", "topk:0.3", "none", "qsgd:4"]


def passed(comm, topology, specs, dtype, noted):
    """The network, and every round's rows of the hosted nodes; entries of a neighbour are read once a round."""
    network = Network(topology, comm, dtype, mixed(topology, specs))
    own = slice(network.hosted.start, network.hosted.stop)
    V, S = (rows(seed, dtype=dtype, nodes=NODES)[own] for seed in (0, 1))
    seen = []
    for round_ in range(ROUNDS):
        masks, asked = drawn(round_, NODES), []
        told = entries(masks, noted).read

        def read(node, note, told=told, asked=asked):
            asked.append(node)
            return told(node, note)

        pending = network.send(
            [
                part(V, masks, hosted=own, noted=noted, read=read),
                state(S, "y00"),
                innovation(S, 0.3, name="x02"),
            ]
        )
        pending.poll()
        V, S, T = pending.wait()
        assert sorted(asked) == network.plan.ghosts.tolist()
        (Y,) = sent(network, part(S, masks, "y01", hosted=own, noted=noted))
        seen += [V, S, T, Y]
    return network, seen


def check(graph, specs, dtype, noted):
    topology = build(graph, NODES, seed=5)
    network, found = passed(COMM, topology, specs, dtype, noted)
    alone, expected = passed(None, topology, specs, dtype, noted)
    tolerance = 1e-12 if dtype == np.float64 else 1e-5
    own = slice(network.hosted.start, network.hosted.stop)
    for V, reference in zip(found, expected, strict=True):
        np.testing.assert_allclose(V, reference[own], rtol=0, atol=tolerance * np.abs(reference).max())
    np.testing.assert_array_equal(network.edge_bytes, alone.edge_bytes[network.plan.edges])
    np.testing.assert_array_equal(network.edge_messages, alone.edge_messages[network.plan.edges])
    network.close()


def check_crossing(graph):
    """As they are, a node's entries and its note go once to each rank that needs them."""
    network, masks = Network(build(graph, NODES, seed=5), COMM), drawn(0, NODES)
    own = slice(network.hosted.start, network.hosted.stop)
    sent(network, part(rows(nodes=NODES)[own], masks, hosted=own, noted=True))
    each = 8 * masks.sum(1)[own] + masks.shape[1] // 8
    assert network.crossed_bytes == sum(each[peer.rows].sum() for peer in network.plan.peers)
    network.close()


if __name__ == "__main__":
    for graph in ("er:0.3", "complete"):
        check(graph, ["none"], np.float64, noted=False)
        check(graph, LOSSY, np.float64, noted=True)
        check_crossing(graph)
    check("ring", ["none"], np.float32, noted=True)
    check("ring", LOSSY[:1], np.float32, noted=False)
    print(f"ok {COMM.Get_rank()}\n", end="", flush=True)
