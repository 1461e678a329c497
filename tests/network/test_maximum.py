"""Rows whose largest comes back: over whole and changing graphs, alone and beside rows that go through codecs."""

import numpy as np
import pytest
from channel_examples import Posted, rows, sent, state, uniform

from p2pbo.network import LinkFaults, Maximum, Network, Stream
from p2pbo.network.links.state import Links
from p2pbo.topology import build


def largest(topology, V, up=None):
    """Node by node."""
    found = V.copy()
    for e, (i, j) in enumerate(zip(topology.source, topology.target, strict=True)):
        if up is None or up[e]:
            found[j] = np.maximum(found[j], V[i])
    return found


@pytest.mark.parametrize("beside", ["none", "randk:0.3"])
@pytest.mark.parametrize("faults", [LinkFaults(), LinkFaults(drop=0.3, schedule="random:0.7")])
def test_the_largest_of_all_neighbours_comes_back(beside, faults):
    topology = build("er:0.5", 9, seed=1)
    network = Network(topology, codecs=uniform(topology, beside, "y"), faults=faults, seed=3)
    links = Links(topology, faults, 3)
    for round_ in range(4):
        X, Y = rows(round_, nodes=9, dim=2) - 5, rows(round_ + 10, nodes=9)
        found, _ = sent(network, Posted(Stream("x00", Maximum()), X), state(Y, "y00"))
        np.testing.assert_array_equal(found, largest(topology, X, links.up(round_)))
