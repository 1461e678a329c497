"""Rank program: lossy rounds give every number of ranks the same rows and counts as one process."""

import numpy as np
from channel_examples import MASKABLE, SPECS, innovation, mixed, post, rows, sent, state
from mpi4py import MPI
from unreliable import TROUBLES, lose, network_of

from p2pbo.network.links.faults import LinkFaults
from p2pbo.topology import build

COMM = MPI.COMM_WORLD
NODES = 12
CONDITIONS = LinkFaults()


def passed(comm, graph, specs, dtype, scope, conditions):
    """Every round's rows of the hosted nodes, and the counts of their edges."""
    topology = build(graph, NODES, seed=5)
    compression = mixed(topology, specs, scope=scope)
    network = network_of(topology, conditions, comm=comm, dtype=dtype, codecs=compression)
    own = slice(network.hosted.start, network.hosted.stop)
    V, D = (rows(seed, dtype=dtype, nodes=NODES)[own] for seed in (0, 1))
    seen = []
    for _ in range(4):
        pending = post(network, state(V), state(D, "x01"), innovation(D, 0.3, name="x02"))
        pending.poll()
        V, D, T = pending.wait()
        (T,) = sent(network, innovation(T, rounds=1))
        seen += [V, D, T]
    counts = network.edge_bytes, network.edge_messages
    edges = network.plan.edges
    network.close()
    return own, edges, seen, counts


def check(graph, specs, dtype, scope, conditions=CONDITIONS):
    own, edges, found, counts = passed(COMM, graph, specs, dtype, scope, conditions)
    _, _, expected, all_counts = passed(None, graph, specs, dtype, scope, conditions)
    tolerance = 1e-12 if dtype == np.float64 else 1e-5
    for V, reference in zip(found, expected, strict=True):
        np.testing.assert_allclose(V, reference[own], rtol=0, atol=tolerance * np.abs(reference).max())
    for mine, everyones in zip(counts, all_counts, strict=True):
        np.testing.assert_array_equal(mine, everyones[edges])


def check_death(specs, channel, conditions):
    """Survivors go on with what is left, whatever they have received from a rank that died meanwhile."""
    topology, last = build("er:0.3", NODES, seed=5), COMM.size - 1
    compression = mixed(topology, specs, channel=channel)
    networks = [network_of(topology, conditions, comm=comm, codecs=compression) for comm in (COMM, None)]
    dead, own, found = networks[0].placement.hosted(last), networks[0].hosted, []
    for network in networks:
        V, D = (rows(seed, nodes=NODES)[network.hosted] for seed in (0, 1))
        streams = [state(V), innovation(D, 0.3, name="x02"), innovation(D), state(V, "y00")]
        sent(network, *streams)
        pending = post(network, *streams)
        if network is networks[0]:
            lose(pending, network, last)
        else:
            network.links.mark_failed(dead)
        found.append(pending.wait())
    if COMM.rank < last:
        for V, expected in zip(*found, strict=True):
            np.testing.assert_allclose(V, expected[own], atol=1e-12)
    networks[0].close()


if __name__ == "__main__":
    for graph in ("ring", "er:0.3"):
        for specs in ([MASKABLE[0]], MASKABLE, SPECS):
            for scope in ("edge", "node"):
                check(graph, specs, np.float64, scope)
        check(graph, [MASKABLE[0]], np.float32, "edge")
    for name in ("drop", "all together"):
        check("er:0.3", SPECS, np.float64, "edge", TROUBLES[name])
    check("er:0.3", [MASKABLE[0]], np.float64, "node", TROUBLES["all together"])
    check_death(MASKABLE, "auto", CONDITIONS)
    check_death(SPECS, "auto", TROUBLES["delay"])
    print(f"ok {COMM.Get_rank()}\n", end="", flush=True)
