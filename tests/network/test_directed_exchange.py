"""Exchanges over directed graphs: products with R and C, in one process, beside codecs, and on any number of ranks."""

from pathlib import Path

import numpy as np
import pytest
from channel_examples import uniform

from p2pbo.network import Network, Push, Stream
from p2pbo.topology import build as build_topology

PROGRAM = Path(__file__).with_name("directed_exchanges.py")


@pytest.mark.parametrize("ranks", [1, 3, 7])
def test_rows_come_back_by_r_and_c_on_any_number_of_ranks(either_build, ranks):
    either_build.program(ranks, PROGRAM)


def test_over_an_undirected_graph_pushed_rows_are_averaged_by_w_in_float64_beside_codecs_too():
    topology = build_topology("er:0.5", 9, seed=1)
    X = np.random.default_rng(0).standard_normal((9, 4))
    for beside in ("none", "randk:0.5"):
        network = Network(topology, dtype=np.float32, codecs=uniform(topology, beside, "y"))
        streams = (Stream("x00", Push()), Stream("y00"))
        found, _ = network.exchange(streams, (4, 4)).post((X, X.astype(np.float32))).wait()
        np.testing.assert_allclose(found, topology.matrix() @ X, atol=1e-15)
