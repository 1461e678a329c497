"""Rank program: exchanges between ranks mix by W, are counted, and are refused where ranks disagree."""

import networkx as nx
import numpy as np
from channel_examples import exchange
from mpi4py import MPI
from unreliable import TROUBLES, lose, network_of

from p2pbo import InputError
from p2pbo.network import Network, Placement, Ranks, plan
from p2pbo.network.plan import check_pairs
from p2pbo.topology import build

COMM = MPI.COMM_WORLD
NODES = 12
SCATTERED = nx.Graph([(node, (node + step) % NODES) for node in range(0, NODES, 2) for step in (1, 5, 7)])
GRAPHS = [build(name, NODES, seed=5) for name in ("ring", "er:0.3", "torus", "complete")] + [build(SCATTERED)]
WIDE = 20_000
"""Entries of a row that is too long to travel without the receiver's consent, whatever the library."""


def values(width, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).standard_normal((NODES, width)).astype(dtype)


def check_rounds(topology, dtype, tolerance):
    network, W = Network(topology, COMM, dtype), topology.matrix()
    own = network.hosted
    for seed in range(4):
        X, Y = values(3, dtype, seed), values(5, dtype, seed + 10)
        for V, WV in zip((X, Y), exchange(network, X[own], Y[own]).wait(), strict=True):
            np.testing.assert_allclose(WV, (W @ V)[own], rtol=tolerance, atol=10 * tolerance)
    check_counts(network, 4 * 8 * np.dtype(dtype).itemsize)
    assert network.wait_time > 0
    network.close()


def check_counts(network, edge_bytes):
    """Per edge what the algorithm sends; between ranks each row once per peer, in one message a round."""
    assert set(network.edge_bytes) == {edge_bytes}
    assert set(network.edge_messages) == {4}
    place = network.placement.rank_of
    source, target = (ends[network.plan.edges] for ends in (network.topology.source, network.topology.target))
    crossing = {(int(a), int(r)) for a, r in zip(source, place(target), strict=True) if r != COMM.rank}
    assert network.crossed_bytes == len(crossing) * edge_bytes
    assert network.crossed_messages == 4 * len({rank for _, rank in crossing})
    assert network.crossed_bytes <= network.edge_bytes.sum()


def check_unreliable(topology, conditions):
    """The same rows and counts as one process."""
    network, alone = (network_of(topology, conditions, comm=comm) for comm in (COMM, None))
    own = network.hosted
    X, Y = values(3), values(5)
    for _ in range(6):
        (X, Y), (of_x, of_y) = exchange(alone, X, Y).wait(), exchange(network, X[own], Y[own]).wait()
        np.testing.assert_allclose(of_x, X[own], atol=1e-12)
        np.testing.assert_allclose(of_y, Y[own], atol=1e-12)
    np.testing.assert_array_equal(network.edge_bytes, alone.edge_bytes[network.plan.edges])
    np.testing.assert_array_equal(network.edge_messages, alone.edge_messages[network.plan.edges])
    check_crossed(network, 6)
    network.close()


def check_crossed(network, rounds):
    """Whatever is lost, it is sent: each row once per peer."""
    assert network.crossed_messages == rounds * len(network.plan.peers)
    assert network.crossed_bytes == rounds * 64 * sum(len(peer.rows) for peer in network.plan.peers)


def check_death(topology, conditions):
    """Survivors average what is left, whatever they have received from a rank that died meanwhile."""
    network, alone = (network_of(topology, conditions, comm=comm) for comm in (COMM, None))
    own, last = network.hosted, COMM.size - 1
    exchange(alone, values(3)).wait()
    exchange(network, values(3)[own]).wait()
    pending = exchange(network, values(3, seed=1)[own])
    lose(pending, network, last)
    (found,) = pending.wait()
    alone.links.mark_failed(network.placement.hosted(last))  # before its round: in it none can die
    (expected,) = exchange(alone, values(3, seed=1)).wait()
    if COMM.rank < last:
        np.testing.assert_allclose(found, expected[own], atol=1e-12)
    network.close()


def check_two_pending(topology):
    network, W = Network(topology, COMM), topology.matrix()
    own = network.hosted
    for seed in range(3):
        X, Y = values(2, seed=seed), values(WIDE, seed=seed + 10)
        first, second = exchange(network, X[own]), exchange(network, Y[own])
        try:
            exchange(network, X[own])
        except RuntimeError as error:
            assert "still pending" in str(error)
        else:
            raise AssertionError("an exchange was started twice")
        for _ in range(5):
            first.poll()
            second.poll()
        np.testing.assert_allclose(second.wait()[0], (W @ Y)[own], atol=1e-12)
        np.testing.assert_allclose(first.wait()[0], (W @ X)[own], atol=1e-12)
    exchange(network, values(2)[own])
    network.close()  # with a round on its way


def refusal(action):
    """What all ranks are told alike."""
    try:
        action()
    except InputError as error:
        told = set(COMM.allgather(str(error)))
    else:
        told = set(COMM.allgather("no error"))
    (text,) = told
    return text


def fail_on(rank):
    if COMM.rank == rank:
        raise InputError("this rank", "fails", "try another")


def check_disagreements():
    last = COMM.size - 1
    other = GRAPHS[0] if COMM.rank < last else GRAPHS[1]
    assert refusal(lambda: Network(other, COMM)).startswith(f"rank {last}'s graph differs from rank 0's;")
    assert f"{COMM.size} ranks cannot share 1 node;" in refusal(lambda: Network(build("complete", 1), COMM))
    ranks = Ranks(COMM)
    mine = plan(other, Placement(NODES, COMM.size), COMM.rank)
    assert "rows to rank" in refusal(lambda: check_pairs(ranks, mine))
    assert refusal(lambda: ranks.agree(lambda: fail_on(1))) == "this rank fails; try another"
    assert refusal(lambda: ranks.agree(lambda: fail_on(last))) == "this rank fails; try another"
    ranks.close()


def check_side_plane():
    ranks = Ranks(COMM)
    texts = [f"{'×' * rank}" for rank in range(COMM.size)]
    assert ranks.all_texts(texts[COMM.rank]) == texts
    assert ranks.total(np.array([1.0, COMM.rank])).tolist() == [COMM.size, sum(range(COMM.size))]
    received = ranks.all_counts(10 * COMM.rank + np.arange(COMM.size))
    assert received.tolist() == [10 * rank + COMM.rank for rank in range(COMM.size)]
    gathered = ranks.gather(np.full((COMM.rank, 2), COMM.rank))
    whole = [[rank, rank] for rank in range(COMM.size) for _ in range(rank)]
    assert gathered is None if COMM.rank else gathered.tolist() == whole
    assert ranks.hosts() == 1
    ranks.close()


if __name__ == "__main__":
    check_side_plane()
    for graph in GRAPHS:
        check_rounds(graph, np.float64, 1e-13)
    check_rounds(GRAPHS[1], np.float32, 1e-6)
    for trouble in TROUBLES.values():
        check_unreliable(GRAPHS[1], trouble)
        check_death(GRAPHS[1], trouble)
    check_unreliable(GRAPHS[4], TROUBLES["all together"])
    check_two_pending(GRAPHS[1])
    check_disagreements()
    print(f"ok {COMM.rank}\n", end="", flush=True)
