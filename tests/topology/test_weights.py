import networkx as nx
import numpy as np
import pytest
from topology_examples import refusal

from p2pbo.topology import build
from p2pbo.topology.weights import WEIGHTS

PAW = nx.Graph([(0, 1), (1, 2), (2, 0), (2, 3)])  # degrees 2, 2, 3, 1; its Laplacian has 0, 1, 3, 4
BY_HAND = {
    "metropolis": [1 / 3, 1 / 4, 1 / 4],
    "max-degree": [1 / 4, 1 / 4, 1 / 4],
    "lazy": [1 / 6, 1 / 8, 1 / 8],
    "lazy:max-degree": [1 / 8, 1 / 8, 1 / 8],
    "optimal": [2 / 5, 2 / 5, 2 / 5],
}


@pytest.mark.parametrize("weights", BY_HAND)
def test_weights_by_hand(weights):
    W = build(PAW, weights=weights).matrix()
    assert [W[0, 1], W[0, 2], W[2, 3]] == pytest.approx(BY_HAND[weights], abs=1e-14)


def test_a_node_that_lacks_an_edge_is_called_as_in_its_file():
    said = refusal(nx.path_graph(["alice", "bob", "carol"]), None, "uniform")
    assert said.startswith("weights uniform need an edge between all nodes, and node 'alice' has 1 of 2; ")


def test_uniform_weights_are_the_average():
    assert build("complete", 5, "uniform").matrix() == pytest.approx(np.full((5, 5), 1 / 5))


def test_optimal_self_weights_may_be_negative():
    assert build(PAW, weights="optimal").self_weight[2] == pytest.approx(-0.2)


def _contraction(topology, step):
    """The second largest |eigenvalue| of I − step·L."""
    laplacian = nx.laplacian_matrix(topology.graph, nodelist=range(topology.nodes)).toarray()
    return np.sort(np.abs(np.linalg.eigvalsh(np.eye(topology.nodes) - step * laplacian)))[-2]


@pytest.mark.parametrize("family", ["ring", "star", "grid", "er:0.3", "small-world"])
def test_no_other_constant_weight_is_better_than_the_optimal_one(family):
    topology = build(family, 24, "optimal")
    step = topology.weight[0]
    best = _contraction(topology, step)
    assert best < _contraction(topology, 1.01 * step)
    assert best < _contraction(topology, 0.99 * step)


@pytest.mark.parametrize("base", ["metropolis", "max-degree"])
def test_lazy_weights_are_half_way_to_the_identity(base):
    W = build("grid:3x4", weights=base).matrix()
    assert build("grid:3x4", weights=f"lazy:{base}").matrix() == pytest.approx((np.eye(12) + W) / 2)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("metropolitan", "weights 'metropolitan' is not known; did you mean metropolis?"),
        ("lazy:metro", "weights 'metro' is not known"),
        ("uniform", "weights uniform need an edge between all nodes, and node 0 has 2 of 7"),
        ("metropolis:2", "weights metropolis:2 takes no argument"),
    ],
)
def test_weights_that_cannot_be_are_refused(weights, message):
    assert message in refusal("ring", 8, weights)


@pytest.mark.parametrize("name", list(WEIGHTS))
def test_every_weighting_says_what_it_is(name):
    assert WEIGHTS[name].summary
