import numpy as np
import pytest
from channel_examples import exchange

from p2pbo.network import Network
from p2pbo.topology import build

WIDTHS = (1, 7, 3)


def rows(nodes, *widths, dtype=np.float64, seed=0):
    draw = np.random.default_rng(seed)
    return [draw.standard_normal((nodes, width)).astype(dtype) for width in widths]


@pytest.fixture
def network():
    return Network(build("star", 6))


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-14), (np.float32, 1e-6)])
@pytest.mark.parametrize("nodes", [9, 100], ids=["dense", "sparse"])
@pytest.mark.parametrize("topology", ["ring", "er:0.3", "star"])
def test_an_exchange_mixes_every_variable_by_w(topology, nodes, dtype, tolerance):
    built = build(topology, nodes, seed=1)
    network = Network(built, dtype=dtype)
    variables = rows(nodes, *WIDTHS, dtype=dtype)
    mixed = exchange(network, *variables).wait()
    assert len(mixed) == len(variables)
    for V, WV in zip(variables, mixed, strict=True):
        assert WV.dtype == dtype
        np.testing.assert_allclose(WV, built.matrix() @ V, rtol=tolerance, atol=10 * tolerance)


@pytest.mark.parametrize("topology", ["star", "ring"], ids=["dense", "sparse"])
@pytest.mark.parametrize("part", [np.s_[:], np.s_[2:3, :1], np.s_[:, 0]], ids=["all", "block", "column"])
def test_what_is_kept_of_an_exchange_stays_when_the_next_ones_come(topology, part):
    network = Network(build(topology, 64))
    X, Y = rows(64, 2, 3)
    kept = exchange(network, X, Y).wait()[0][part]
    for seed in range(1, 4):
        exchange(network, *rows(64, 2, 3, seed=seed)).wait()
    np.testing.assert_allclose(kept, (network.topology.matrix() @ X)[part], atol=1e-14)


def test_posted_rows_may_change_before_the_wait(network):
    (X,) = rows(6, 2)
    expected = network.topology.matrix() @ X
    pending = exchange(network, X)
    X[:] = 0
    np.testing.assert_allclose(pending.wait()[0], expected, atol=1e-14)


def test_a_second_exchange_before_the_wait_is_refused(network):
    pending = exchange(network, *rows(6, 2))
    with pytest.raises(RuntimeError, match="still pending"):
        exchange(network, *rows(6, 2))
    pending.wait()
    exchange(network, *rows(6, 2)).wait()


def test_exchanges_of_other_widths_are_independent(network):
    W = network.topology.matrix()
    (X,), (Y,) = rows(6, 2), rows(6, 3, seed=1)
    first, second = exchange(network, X), exchange(network, Y)
    for pending, V in ((second, Y), (first, X)):
        pending.poll()
        np.testing.assert_allclose(pending.wait()[0], W @ V, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_every_byte_and_message_of_an_edge_is_counted(dtype):
    network = Network(build("star", 6), dtype=dtype)
    for _ in range(3):
        exchange(network, *rows(6, *WIDTHS, dtype=dtype)).wait()
    exchange(network, *rows(6, 4, dtype=dtype)).wait()
    entries = 3 * sum(WIDTHS) + 4
    edge_bytes = entries * np.dtype(dtype).itemsize
    np.testing.assert_array_equal(network.edge_bytes, np.full(10, edge_bytes))
    np.testing.assert_array_equal(network.edge_messages, np.full(10, 4))
    degrees = np.array([5, 1, 1, 1, 1, 1])
    sent_bytes, messages = network.sent_by_node()
    np.testing.assert_array_equal(sent_bytes, degrees * edge_bytes)
    np.testing.assert_array_equal(messages, degrees * 4)
    assert (network.crossed_bytes, network.crossed_messages) == (0, 0)


def test_the_counts_outlive_the_network(network):
    exchange(network, *rows(6, 1))
    network.close()
    assert network.edge_messages.sum() == 10


def test_one_node_alone_keeps_its_rows():
    (X,) = rows(1, 4)
    network = Network(build("complete", 1))
    np.testing.assert_array_equal(exchange(network, X).wait()[0], X)
    assert network.sent_by_node()[0].tolist() == [0]
