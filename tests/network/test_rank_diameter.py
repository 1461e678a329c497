"""How far news travels: the diameter of the network of ranks, counted by a search of networkx."""

import networkx as nx
import pytest

from p2pbo.network import Placement
from p2pbo.network.rank_diameter import rank_diameter
from p2pbo.topology import build


@pytest.mark.parametrize(
    "name", ["ring", "line", "star", "torus", "complete", "er:0.3", "directed-ring", "directed-ring:3"]
)
@pytest.mark.parametrize("ranks", [1, 2, 5, 16])
def test_reach_is_the_diameter_of_the_quotient_graph(name, ranks):
    topology, placement = build(name, 16, seed=1), Placement(16, ranks)
    quotient = nx.empty_graph(ranks, create_using=nx.DiGraph)
    for rank in range(ranks):
        for i in placement.hosted(rank):
            for j in topology.graph[i]:
                other = next(r for r in range(ranks) if j in placement.hosted(r))
                if other != rank:
                    quotient.add_edge(rank, other)
    assert rank_diameter(topology, placement) == nx.diameter(quotient)
