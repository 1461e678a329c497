import numpy as np
import pytest
import scipy.sparse

from p2pbo.network import Placement, plan
from p2pbo.topology import GRAPHS, build

ARGUMENTS = {"er": "er:0.4", "regular": "regular:3"}
NODES = 16
EVERY = [
    pytest.param(name, ranks, id=f"{name}-{ranks}") for name in GRAPHS for ranks in (1, 2, 3, 5, 8, NODES)
]


def plans_of(topology, ranks):
    placement = Placement(topology.nodes, ranks)
    return [plan(topology, placement, rank) for rank in range(ranks)]


@pytest.fixture
def topology(request):
    return build(ARGUMENTS.get(request.param, request.param), NODES, seed=3)


every_family_and_number_of_ranks = pytest.mark.parametrize(
    ("topology", "ranks"), EVERY, indirect=["topology"]
)


@every_family_and_number_of_ranks
def test_the_mixing_block_is_rows_of_w(topology, ranks):
    W = topology.matrix()
    for own in plans_of(topology, ranks):
        columns = [*own.hosted, *own.ghosts]
        np.testing.assert_array_equal(own.block.matrix(), W[np.ix_(own.hosted, columns)])
        others = np.setdiff1d(np.arange(topology.nodes), columns)
        assert not W[np.ix_(own.hosted, others)].any()


@every_family_and_number_of_ranks
def test_ghosts_are_the_neighbours_that_live_elsewhere(topology, ranks):
    for own in plans_of(topology, ranks):
        weighed = topology.matrix()[own.hosted.start : own.hosted.stop].any(axis=0)
        neighbours = set(np.flatnonzero(weighed).tolist())
        assert set(own.ghosts) == neighbours - set(own.hosted)
        assert len(own.ghosts) == len(set(own.ghosts))


@every_family_and_number_of_ranks
def test_what_one_rank_sends_is_where_its_peer_expects_it(topology, ranks):
    """The rows that p sends to q are, node for node and in order, the ghosts that q fills from p."""
    plans = plans_of(topology, ranks)
    sent = {
        (rank, peer.rank): [own.hosted[row] for row in peer.rows]
        for rank, own in enumerate(plans)
        for peer in own.peers
    }
    expected = {
        (peer.rank, rank): [int(node) for node in own.ghosts[_behind(own, peer.ghosts)]]
        for rank, own in enumerate(plans)
        for peer in own.peers
    }
    assert sent == expected


def _behind(own, ghosts):
    """Where rows of the stack are among the ghosts."""
    return slice(ghosts.start - len(own.hosted), ghosts.stop - len(own.hosted))


@every_family_and_number_of_ranks
def test_the_peers_fill_all_ghosts_and_the_edges_are_all_edges(topology, ranks):
    plans = plans_of(topology, ranks)
    for own in plans:
        filled = [row for peer in own.peers for row in range(own.rows)[peer.ghosts]]
        assert sorted(filled) == list(range(len(own.hosted), own.rows))
    edges = [edge for own in plans for edge in range(own.edges.start, own.edges.stop)]
    assert edges == list(range(len(topology.source)))
    for own in plans:
        assert set(topology.source[own.edges]) <= set(own.hosted)


def test_a_random_graph_has_peers_that_need_scattered_rows():
    """So that the tests that run on this graph reach the copied send buffer."""
    peers = [peer for own in plans_of(build("er:0.5", 8, seed=5), 3) for peer in own.peers]
    assert any(peer.contiguous() is None for peer in peers)


def test_a_large_block_is_sparse_and_the_same():
    topology = build("ring", 64)
    for own in plans_of(topology, 2):
        assert scipy.sparse.issparse(own.block.matrix())
        columns = [*own.hosted, *own.ghosts]
        np.testing.assert_array_equal(
            own.block.matrix().toarray(), topology.matrix()[np.ix_(own.hosted, columns)]
        )
