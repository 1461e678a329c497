import networkx as nx
import numpy as np
import pytest
from topology_examples import refusal

from p2pbo.topology import build


@pytest.mark.parametrize(
    ("family", "nodes", "expected"),
    [
        ("ring", 7, nx.cycle_graph(7)),
        ("ring", 2, nx.path_graph(2)),
        ("line", 7, nx.path_graph(7)),
        ("star", 7, nx.star_graph(6)),
        ("complete", 7, nx.complete_graph(7)),
        ("hypercube", 16, nx.hypercube_graph(4)),
        ("torus", 15, nx.grid_2d_graph(3, 5, periodic=True)),
        ("torus:2x4", 8, nx.grid_2d_graph(2, 4, periodic=True)),
        ("torus:1x7", 7, nx.cycle_graph(7)),
        ("grid", 15, nx.grid_2d_graph(3, 5)),
        ("grid:2x6", None, nx.grid_2d_graph(2, 6)),
        ("exponential", 6, nx.circulant_graph(6, [1, 2, 4])),
        ("er:1", 6, nx.complete_graph(6)),
        ("small-world:4:0", 9, nx.circulant_graph(9, [1, 2])),
        ("regular:5", 6, nx.complete_graph(6)),
    ],
)
def test_a_family_is_the_graph_of_that_name(family, nodes, expected):
    assert nx.is_isomorphic(build(family, nodes).graph, expected)


@pytest.mark.parametrize(
    ("nodes", "rows"), [(4, 2), (6, 2), (12, 3), (16, 4), (24, 4), (60, 6), (10_000, 100)]
)
def test_lattices_are_near_square(nodes, rows):
    assert build("grid", nodes).graph.graph["shape"] == (rows, nodes // rows)


@pytest.mark.parametrize(("d", "nodes"), [(1, 2), (2, 9), (3, 16), (8, 16), (14, 16), (15, 16), (62, 64)])
def test_every_node_of_a_regular_graph_has_d_neighbours(d, nodes):
    assert (build(f"regular:{d}", nodes).edges.degree == d).all()


def test_a_small_world_has_the_ring_s_number_of_edges():
    graph = build("small-world:6:0.3", 50, seed=2).graph
    assert graph.number_of_edges() == 150
    assert not nx.is_isomorphic(graph, nx.circulant_graph(50, [1, 2, 3]))


@pytest.mark.parametrize("family", ["er:0.2", "regular:3", "small-world"])
def test_drawn_graphs_follow_the_seed(family):
    drawn = [set(build(family, 30, seed=seed).graph.edges) for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_er_draws_each_pair_with_probability_p():
    graphs = [nx.to_numpy_array(build("er:0.4", 20, seed=seed).graph) for seed in range(200)]
    often = np.mean(graphs, axis=0)[np.triu_indices(20, k=1)]
    assert often.mean() == pytest.approx(0.4, abs=0.01)
    assert abs(often - 0.4).max() < 5 * np.sqrt(0.24 / 200)


def test_er_is_redrawn_until_connected():
    unconnected = 2 * np.log(12) / 12 / 2.5
    assert all(nx.is_connected(build(f"er:{unconnected:.3f}", 12, seed=seed).graph) for seed in range(20))


REFUSALS = {
    ("torus", 7): "topology torus cannot lay out 7 nodes but in a single row, 7 being a prime; "
    "use --nodes 6 (2x3) or 8 (2x4), or torus:1x7",
    ("grid", 2): "topology grid cannot lay out 2 nodes but in a single row, 2 being a prime; "
    "use --nodes 1 (1x1) or 4 (2x2), or grid:1x2",
    ("torus:3x5", 16): "torus:3x5 has 15 places for 16 nodes; use --nodes 15",
    ("torus:3", 9): "topology torus: shape = '3' is refused; write ROWSxCOLUMNS, such as 3x5",
    ("torus:0x5", 5): "topology torus: shape.0 = '0' is refused; input should be greater than 0",
    ("hypercube", 12): "topology hypercube needs a power of two and got 12 nodes; use --nodes 8 or 16",
    ("regular:3", 5): "topology regular:3 cannot have 5 nodes, d·K being odd; use --nodes 6 or regular:4",
    ("regular:3", 3): "topology regular:3 needs more than 3 nodes and got 3; use regular:2 at most",
    ("regular:1", 4): "topology regular:1 cannot connect 4 nodes; use regular:2 or more",
    ("regular:0", 4): "topology regular: d = '0' is refused; input should be greater than or equal to 1",
    ("regular", 4): "topology regular needs a value for 'd'; give d=VALUE",
    ("er:0.01", 50): "topology er:0.01 with 50 nodes was not connected in 100 draws; "
    "use a larger p, such as er:0.16, or another topology",
    ("er:0.0001", 10_000): "topology er:0.0001 with 10000 nodes was not connected in 100 draws; "
    "use a larger p, such as er:0.0018, or another topology",
    ("er:1.5", 4): "topology er: p = '1.5' is refused; input should be less than or equal to 1",
    ("small-world:4", 9): "topology small-world: degree_p = '4' is refused; "
    "write neighbours and probability, such as small-world:4:0.1",
    (
        "small-world:8:0.1",
        8,
    ): "topology small-world:8:0.1 needs more than 8 nodes and got 8; use --nodes 9 or more",
    ("ring", 0): "topology ring cannot have 0 nodes; use --nodes 1 or more",
    ("ring", -3): "topology ring cannot have -3 nodes; use --nodes 1 or more",
    ("ring", None): "topology ring comes in every size; say how many nodes: --nodes K",
    ("ring:3", 4): "topology ring:3 takes no argument; write 'ring'",
}


@pytest.mark.parametrize(("family", "nodes"), REFUSALS)
def test_what_no_family_can_do_is_refused_on_one_line(family, nodes):
    assert refusal(family, nodes) == REFUSALS[family, nodes]


def test_an_unknown_family_is_answered_with_the_nearest():
    assert refusal("hypercub", 8).startswith(
        "topology 'hypercub' is not known; did you mean hypercube? choose from "
    )


@pytest.mark.parametrize(
    ("family", "remedy"),
    [("regular:2", "use a larger d"), ("small-world:2:1", "use small-world:4:1 or a smaller p")],
)
def test_draws_that_stay_unconnected_are_refused(family, remedy, monkeypatch):
    module = f"p2pbo.topology.graphs.{family.partition(':')[0].replace('-', '_')}"
    monkeypatch.setattr(f"{module}._DRAWS", 0)
    assert refusal(family, 200) == f"topology {family} with 200 nodes was not connected in 0 draws; {remedy}"
