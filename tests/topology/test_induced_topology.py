"""What is left of a network: pieces, and the gap of W with the weights of lost edges given back."""

import networkx as nx
import numpy as np
import pytest

from p2pbo.topology import build, spectral_report
from p2pbo.topology.induced_topology import induced_topology


def given_back(W, dead):
    """W without the dead, by a loop."""
    left = [i for i in range(len(W)) if i not in dead]
    reduced = W[np.ix_(left, left)].copy()
    for place, i in enumerate(left):
        reduced[place, place] += sum(W[i, j] for j in dead)
    return reduced


@pytest.mark.parametrize("weights", ["metropolis", "lazy", "max-degree"])
def test_a_ring_without_a_node_is_a_line_with_the_weights_given_back(weights):
    topology = build("ring", 8, weights)
    found = induced_topology(topology, [3])
    W = given_back(topology.matrix(), [3])
    np.testing.assert_allclose(W.sum(axis=0), 1, atol=1e-15)
    assert found.components == ((0, 1, 2, 4, 5, 6, 7),)
    line = build(W[np.ix_([3, 4, 5, 6, 0, 1, 2], [3, 4, 5, 6, 0, 1, 2])], 7)
    assert found.gap == pytest.approx(spectral_report(line).gap, rel=1e-12)


def test_pieces_are_named_by_their_nodes_and_agree_no_more():
    found = induced_topology(build("ring", 8), [2, 5])
    assert found == type(found)(((0, 1, 6, 7), (3, 4)), 0.0)


def test_one_survivor_agrees_with_itself():
    assert induced_topology(build("line", 3), [0, 1]).gap == 1


def test_a_star_without_its_centre_is_dust():
    assert induced_topology(build("star", 5), [0]).components == ((1,), (2,), (3,), (4,))


def test_the_gap_is_networkx_independent_of_the_order_of_deaths():
    topology = build("er:0.6", 9, seed=2)
    alive = nx.is_connected(topology.graph.subgraph(range(2, 9)))
    assert alive
    assert induced_topology(topology, [1, 0]) == induced_topology(topology, [0, 1])
