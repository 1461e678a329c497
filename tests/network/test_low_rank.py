"""Low-rank edges: their formula (PowerGossip), their average, their bytes, checkpoints, and lost messages."""

from pathlib import Path

import numpy as np
import pytest
from channel_examples import mixed, rows, sent, state, uniform
from dense_low_rank import DenseEdges
from unreliable import TROUBLES

from p2pbo.compression import NotFinite
from p2pbo.network import LinkFaults, Network, PeerError
from p2pbo.network.channels.channel import DrawKeys
from p2pbo.topology import build as graph

DIM = 31


@pytest.mark.parametrize("rank", [1, 3])
@pytest.mark.parametrize("shapes", [[(DIM,)], [(4, 5), (2, 2, 2), (3,)]], ids=["vector", "layers"])
def test_it_is_its_formula(shapes, rank):
    topology = graph("er:0.5", 8, seed=1)
    codecs = uniform(topology, f"lowrank:{rank}", seed=9, shapes={"x": shapes})
    network = Network(topology, codecs=codecs)
    dense = DenseEdges(topology, shapes, rank, DrawKeys(9, "x00", topology))
    draw, S = np.random.default_rng(0), rows(dim=DIM)
    for _ in range(40):
        expected = dense(S)
        (S,) = sent(network, state(S))
        np.testing.assert_allclose(S, expected, rtol=0, atol=1e-11)
        S = S + 0.1 * draw.standard_normal(S.shape)


def test_rounds_in_which_an_edge_is_down_leave_its_count_and_direction():
    topology = graph("er:0.5", 8, seed=1)
    network = Network(
        topology, codecs=uniform(topology, "lowrank:2", seed=9), faults=LinkFaults(drop=0.4), seed=3
    )
    dense, S = DenseEdges(topology, [(DIM,)], 2, DrawKeys(9, "x00", topology)), rows(dim=DIM)
    for round_ in range(40):
        up = network.links.up(round_)
        ends = zip(topology.source[~up].tolist(), topology.target[~up].tolist(), strict=True)
        expected = dense(S, set(ends))
        (S,) = sent(network, state(S))
        np.testing.assert_allclose(S, expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize(
    ("dtype", "trouble"), [(np.float64, ""), (np.float32, ""), (np.float64, "drop"), (np.float64, "delay")]
)
def test_the_average_stays_and_disagreement_dies_out(dtype, trouble):
    """On edges of different ranks, whatever happens to both directions of one."""
    topology = graph("er:0.5", 8, seed=1)
    codecs, faults = mixed(topology, ["lowrank:1", "lowrank:3"]), TROUBLES.get(trouble, LinkFaults())
    network = Network(topology, codecs=codecs, dtype=dtype, faults=faults, seed=3)
    V = rows(dim=DIM, dtype=dtype)
    mean, rounding = V.mean(0, dtype=float), 30 * np.finfo(dtype).eps
    for _ in range(150):
        (V,) = sent(network, state(V))
        if not network.links.delay:
            np.testing.assert_allclose(V.mean(0, dtype=float), mean, rtol=0, atol=rounding)
    assert np.abs(V - mean).max() < 2e-3


def test_agreement_rests():
    topology = graph("ring", 8)
    network = Network(topology, codecs=uniform(topology, "lowrank:2"))
    S = np.tile(rows(dim=DIM)[0], (8, 1))
    for _ in range(3):
        (after,) = sent(network, state(S))
        np.testing.assert_array_equal(after, S)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_bytes_are_those_of_each_kind_of_round(dtype):
    """8 of the count; n·r numbers in even rounds, m·r in odd ones; 30×1 has rank 1 at most."""
    topology = graph("ring", 8)
    network = Network(
        topology, codecs=uniform(topology, "lowrank:2", shapes={"x": [(4, 10), (30, 1)]}), dtype=dtype
    )
    V, before = rows(dim=70, dtype=dtype), np.zeros(16, int)
    for numbers in (4 * 2 + 30, 10 * 2 + 1, 4 * 2 + 30):
        (V,) = sent(network, state(V))
        after = network.edge_bytes
        np.testing.assert_array_equal(after - before, 8 + np.dtype(dtype).itemsize * numbers)
        before = after


def test_counts_that_differ_stop_the_run():
    topology = graph("ring", 8)
    network = Network(topology, codecs=uniform(topology, "lowrank:1"))
    (exchange, V) = network.exchange([state(rows()).stream], [24]), rows()
    exchange.post([V])
    exchange.wait()
    exchange.post([V])
    counts = exchange._arrived[0][0].reshape(16, -1)[:, :8]
    counts.view(np.int64)[...] = 5
    with pytest.raises(
        PeerError, match=r"node \d is in round 5 of its low-rank edge to node \d, which is in round 1"
    ):
        exchange.wait()


def test_what_is_not_finite_is_refused_by_row():
    topology = graph("ring", 8)
    network = Network(topology, codecs=uniform(topology, "lowrank:1"))
    V = rows()
    V[5, 3] = np.inf
    with pytest.raises(NotFinite, match="row 5") as refusal:
        sent(network, state(V))
    assert refusal.value.variable == "x"


def test_any_number_of_ranks_gives_the_same_bits(either_build):
    either_build.program(3, Path(__file__).with_name("low_rank_exchanges.py"))
