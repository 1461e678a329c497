"""Exact rounds within one process: they are those of ranks, and what comes back is the caller's."""

import numpy as np
import pytest
from channel_examples import exchange

from p2pbo.network import Laplacian, LinkFaults, Network, Stream
from p2pbo.network.exact_exchange import ExactExchange
from p2pbo.network.in_process_exchange import InProcessExchange
from p2pbo.topology import build

FAULTS = {"none": LinkFaults(), "drop": LinkFaults(drop=0.3), "matching": LinkFaults(schedule="matching")}


@pytest.mark.parametrize("faults", FAULTS)
@pytest.mark.parametrize("nodes", [1, 7, 100])
def test_rounds_are_those_with_messages(nodes, faults):
    streams, widths = [Stream("x"), Stream("y", Laplacian()), Stream("z")], [3, 5, 2]
    topology = build("ring", nodes)
    one, other = (Network(topology, faults=FAULTS[faults], seed=4) for _ in range(2))
    planned = one.exchange(streams, widths)
    messages = ExactExchange("x", streams, widths, other._own, other._transport)
    assert isinstance(planned, InProcessExchange)
    for seed in range(4):
        draw = np.random.default_rng(seed)
        rows = [draw.standard_normal((nodes, width)) for width in widths]
        for value, same in zip(planned.post(rows).wait(), messages.post(rows).wait(), strict=True):
            np.testing.assert_allclose(value, same, rtol=1e-13, atol=1e-14)
    np.testing.assert_array_equal(one.edge_bytes, other.edge_bytes)


@pytest.mark.parametrize("nodes", [1, 5])
def test_what_comes_back_is_memory_of_its_own(nodes):
    X = np.ones((nodes, 3))
    (mixed,) = exchange(Network(build("complete", nodes)), X).wait()
    assert not np.shares_memory(mixed, X)


def test_late_messages_are_not_multiplied_at_once():
    network = Network(build("ring", 5), faults=LinkFaults(delay=2))
    assert isinstance(network.exchange([Stream("x")], [2]), ExactExchange)
