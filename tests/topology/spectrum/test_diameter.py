import networkx as nx
import pytest

from p2pbo.topology import build
from p2pbo.topology.spectrum import diameter as module
from p2pbo.topology.spectrum.diameter import diameter, longest_distance


@pytest.mark.parametrize(
    "family", ["er:0.02", "small-world", "grid", "torus", "exponential", "regular:4", "line", "star"]
)
def test_it_is_networkx_s(family):
    topology = build(family, 300, seed=4)
    expected = nx.diameter(topology.graph)
    assert diameter(topology) == (expected, True)
    assert longest_distance(topology.edges) == expected


def test_a_search_in_several_parts(monkeypatch):
    topology = build("small-world", 300)
    monkeypatch.setattr(module, "_WORDS", 1)
    assert longest_distance(topology.edges) == nx.diameter(topology.graph)


@pytest.mark.parametrize("family", ["er:0.02", "small-world", "grid", "regular:4"])
def test_large_graphs_get_a_lower_bound_that_is_near(family, monkeypatch):
    topology = build(family, 300)
    monkeypatch.setattr(module, "_ALL_PAIRS_NODES", 0)
    bound, exact = diameter(topology)
    expected = nx.diameter(topology.graph)
    assert not exact
    assert expected - 1 <= bound <= expected


def test_a_large_tree_is_exact(monkeypatch):
    tree = nx.random_labeled_tree(300, seed=2)
    monkeypatch.setattr(module, "_ALL_PAIRS_NODES", 0)
    assert diameter(build(tree)) == (nx.diameter(tree), True)
