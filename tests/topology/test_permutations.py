"""W as a mean of permutations: on every family with every weighting that has no negative weight."""

import numpy as np
import pytest

from p2pbo.topology import build
from p2pbo.topology.permutations import inverse, permutations

GRAPHS = [
    ("ring", 1),
    ("ring", 2),
    ("ring", 7),
    ("complete", 6),
    ("star", 5),
    ("er:0.4", 14),
    ("small-world", 12),
]


@pytest.mark.parametrize("weights", ["metropolis", "max-degree", "lazy", "lazy:optimal"])
@pytest.mark.parametrize(("graph", "nodes"), GRAPHS)
def test_their_mean_is_w(graph, nodes, weights):
    topology = build(graph, nodes, weights)
    found = permutations(topology)
    mean = np.zeros((nodes, nodes))
    for chance, target in zip(found.chances, found.targets, strict=True):
        assert sorted(target) == list(range(nodes))
        assert all(i == j or topology.graph.has_edge(i, int(j)) for i, j in enumerate(target))
        mean[np.arange(nodes), target] += chance
    assert found.chances.sum() == pytest.approx(1, abs=1e-15)
    np.testing.assert_allclose(mean, topology.matrix(), atol=1e-8)


def test_draws_follow_the_weights():
    topology = build("star", 5)
    found = permutations(topology)
    numbers = (np.arange(6000) + 0.5) / 6000
    hub = np.bincount([found.at(number)[0] for number in numbers], minlength=5) / 6000
    np.testing.assert_allclose(hub, topology.matrix()[0], atol=1e-3)
    assert found.at(np.nextafter(1, 0)) is not None


def test_inverse_undoes():
    target = np.array([2, 0, 3, 1, 4])
    np.testing.assert_array_equal(target[inverse(target)], np.arange(5))
