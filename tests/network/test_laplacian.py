"""Rows that come back as (I − W) S: over whole and changing graphs, beside other rows, and without a mean."""

import numpy as np
import pytest
from channel_examples import Posted, innovation, rows, sent, state, uniform

from p2pbo.network import Laplacian, LinkFaults, Network, Stream
from p2pbo.network.links.state import Links
from p2pbo.topology import build


def laplacian(V, name="x00"):
    return Posted(Stream(name, Laplacian()), V)


def weighted(topology, up=None):
    """I − W of the edges that are up, entry by entry."""
    L = np.zeros((topology.nodes, topology.nodes))
    for e, (i, j) in enumerate(zip(topology.source, topology.target, strict=True)):
        if up is None or up[e]:
            L[i, j] -= topology.weight[e]
            L[i, i] += topology.weight[e]
    return L


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-14), (np.float32, 1e-6)])
@pytest.mark.parametrize("nodes", [9, 100], ids=["dense", "sparse"])
@pytest.mark.parametrize("graph", ["ring", "er:0.3", "star"])
def test_it_is_its_formula_beside_rows_that_are_averaged(graph, nodes, dtype, tolerance):
    topology = build(graph, nodes, seed=1)
    network, L = Network(topology, dtype=dtype), weighted(topology)
    X, Y, Z = (rows(seed, width, dtype, nodes) for seed, width in enumerate((3, 5, 2)))
    found = sent(network, laplacian(X), state(Y, "y00"), laplacian(Z, "z00"))
    expected = (L @ X, Y - L @ Y, L @ Z)
    for rows_found, rows_expected in zip(found, expected, strict=True):
        assert rows_found.dtype == dtype
        np.testing.assert_allclose(rows_found, rows_expected, rtol=tolerance, atol=10 * tolerance)


@pytest.mark.parametrize("beside", ["none", "randk:0.3"])
def test_over_changing_graphs_it_is_that_of_the_edges_that_are_up(beside):
    topology, conditions = build("er:0.5", 9, seed=1), LinkFaults(drop=0.3, schedule="random:0.7")
    compression = uniform(topology, beside, "y")
    network = Network(topology, codecs=compression, faults=conditions, seed=3)
    links = Links(topology, conditions, 3)
    for round_ in range(5):
        X, Y = rows(round_, nodes=9), rows(round_ + 10, nodes=9)
        found, _ = sent(network, laplacian(X), state(Y, "y00"))
        np.testing.assert_allclose(found, weighted(topology, links.up(round_)) @ X, atol=1e-13)


@pytest.mark.parametrize("beside", ["none", "randk:0.3"])
@pytest.mark.parametrize("weights", ["metropolis", "optimal"])
@pytest.mark.parametrize("graph", ["ring", "torus", "complete", "star"])
def test_its_mean_is_none_whatever_the_rows_have_in_common(graph, weights, beside):
    """W S in float32 is off by 6e-8 of 1,000."""
    topology = build(graph, 12, weights)
    network = Network(topology, dtype=np.float32, codecs=uniform(topology, beside, "y"))
    X = (1000 + rows(dim=200, nodes=12)).astype(np.float32)
    found, _ = sent(network, laplacian(X), innovation(X, name="y00"))
    mean = found.astype(np.float64).mean(0)
    assert np.abs(mean).max() < 1e-6 * np.abs(found).max()
    assert np.abs(mean.mean()) < 1e-7 * np.abs(found).max()


def test_rows_and_differences_are_kinds_of_round_of_their_own():
    network = Network(build("ring", 5))
    X = rows(nodes=5)
    for _ in range(2):
        sent(network, state(X))
        sent(network, laplacian(X))
    assert sorted(network.rounds.values()) == [2, 2]
