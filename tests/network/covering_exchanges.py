"""Rank program: rounds of parts of rows give every number of ranks the same rows and counts as one process."""

import numpy as np
from channel_examples import innovation, mixed, post, rows, sent, state
from covering_examples import drawn, entries, part
from mpi4py import MPI
from unreliable import TROUBLES, lose, network_of

from p2pbo.network import Network
from p2pbo.network.links.faults import LinkFaults
from p2pbo.topology import build

COMM = MPI.COMM_WORLD
NODES, ROUNDS = 12, 3
CONDITIONS = LinkFaults()
LOSSY = ["randk:0.3", "topk:0.3", "none", "qsgd:4"]


def passed(comm, topology, specs, dtype, noted, conditions):
    """The network, and every round's rows of the hosted nodes; entries of a neighbour are read once a round."""
    network = network_of(topology, conditions, comm=comm, dtype=dtype, codecs=mixed(topology, specs))
    own = slice(network.hosted.start, network.hosted.stop)
    V, S = (rows(seed, dtype=dtype, nodes=NODES)[own] for seed in (0, 1))
    seen = []
    for round_ in range(ROUNDS):
        masks, asked = drawn(round_, NODES), []
        told = entries(masks, noted).read

        def read(node, note, told=told, asked=asked):
            asked.append(node)
            return told(node, note)

        pending = post(
            network,
            part(V, masks, hosted=own, noted=noted, read=read),
            state(S, "y00"),
            innovation(S, 0.3, name="x02"),
        )
        pending.poll()
        V, S, T = pending.wait()
        assert len(asked) == len(set(asked))
        if conditions == CONDITIONS:
            assert sorted(asked) == network.plan.ghosts.tolist()
        (Y,) = sent(network, part(S, masks, "y01", hosted=own, noted=noted))
        seen += [V, S, T, Y]
    return network, seen


def check(graph, specs, dtype, noted, conditions=CONDITIONS):
    topology = build(graph, NODES, seed=5)
    network, found = passed(COMM, topology, specs, dtype, noted, conditions)
    alone, expected = passed(None, topology, specs, dtype, noted, conditions)
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


def check_death(specs):
    """Survivors average over those who are left, whatever they have received from a rank that died meanwhile."""
    topology, last = build("er:0.3", NODES, seed=5), COMM.size - 1
    compression, found = mixed(topology, specs), []
    networks = [network_of(topology, CONDITIONS, comm=comm, codecs=compression) for comm in (COMM, None)]
    for network in networks:
        own = slice(network.hosted.start, network.hosted.stop)
        V = rows(nodes=NODES)[own]
        sent(network, part(V, drawn(0, NODES), hosted=own, noted=True))
        pending = post(network, part(V, drawn(1, NODES), hosted=own, noted=True))
        if network is networks[0]:
            lose(pending, network, last)
        else:
            network.links.mark_failed(networks[0].placement.hosted(last))
        found += pending.wait()
    if COMM.rank < last:
        np.testing.assert_allclose(found[0], found[1][networks[0].hosted], atol=1e-12)
    networks[0].close()


if __name__ == "__main__":
    for graph in ("er:0.3", "complete"):
        check(graph, ["none"], np.float64, noted=False)
        check(graph, LOSSY, np.float64, noted=True)
        check_crossing(graph)
    check("ring", ["none"], np.float32, noted=True)
    for name in ("drop", "all together"):
        check("er:0.3", ["none"], np.float64, True, TROUBLES[name])
        check("er:0.3", LOSSY, np.float64, True, TROUBLES[name])
    check_death(["none"])
    check_death(LOSSY)
    check("ring", LOSSY[:1], np.float32, noted=False)
    print(f"ok {COMM.Get_rank()}\n", end="", flush=True)
