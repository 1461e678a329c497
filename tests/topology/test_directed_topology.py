"""Directed graphs: R and C from the degrees, what is refused of them, and the figures of their report."""

import networkx as nx
import numpy as np
import pytest
from topology_examples import refusal

from p2pbo.errors import InputError
from p2pbo.topology import build
from p2pbo.topology.directed_topology import DirectedTopology
from p2pbo.topology.files.graphml_writer import write_graphml
from p2pbo.topology.spectrum.directed_report import directed_report, stable_step

HUB = nx.DiGraph([(0, 1), (1, 2), (2, 0), (0, 3), (3, 4), (4, 0), (2, 1)])


def by_hand(graph):
    """R and C entry by entry, as §14 words them."""
    K = len(graph)
    R, C = np.zeros((2, K, K))
    for i in range(K):
        R[i, [i, *graph.predecessors(i)]] = 1 / (1 + graph.in_degree(i))
        C[[i, *graph.successors(i)], i] = 1 / (1 + graph.out_degree(i))
    return R, C


@pytest.mark.parametrize(
    ("given", "nodes"),
    [
        (HUB, None),
        ("directed-ring", 5),
        ("directed-ring:3", 8),
        ("directed-exponential", 6),
        ("directed-ring", 2),
    ],
)
def test_rows_of_r_and_columns_of_c_follow_from_the_degrees(given, nodes):
    topology = build(given, nodes)
    assert isinstance(topology, DirectedTopology)
    R, C = by_hand(topology.graph)
    np.testing.assert_allclose(topology.matrix(), R, atol=1e-16)
    np.testing.assert_allclose(topology.push_matrix(), C, atol=1e-16)
    np.testing.assert_allclose([R.sum(1), C.sum(0)], 1, atol=1e-15)
    assert [*zip(topology.source, topology.target, strict=True)] == sorted(topology.graph.edges)


def test_a_ring_with_chords_has_both_edges_of_every_node():
    assert sorted(build("directed-ring:3", 5).graph.edges) == sorted(
        (i, (i + hop) % 5) for i in range(5) for hop in (1, 3)
    )


def test_a_directed_graph_is_read_as_undirected_where_that_is_said_or_both_directions_are_there():
    assert not build("directed-ring", 6, undirected=True).directed
    np.testing.assert_array_equal(
        build("directed-ring", 6, undirected=True).matrix(), build("ring", 6).matrix()
    )
    assert not build(HUB.to_undirected().to_directed()).directed
    assert not build(HUB, undirected=True).directed


@pytest.mark.parametrize(
    ("graph", "options", "said"),
    [
        (nx.DiGraph([(0, 1), (1, 2)]), {}, "is not strongly connected: no path leads from node 1 to node 0"),
        (nx.DiGraph([(1, 0), (0, 1), (2, 0)]), {}, "no path leads from node 0 to node 2"),
        (nx.DiGraph([(0, 0), (1, 1)]), {}, "has an edge from node 0 to itself"),
        (nx.DiGraph(), {}, "has no nodes"),
        ("directed-ring", {"weights": "metropolis"}, "weights metropolis need an undirected graph"),
        ("ring", {"weights": "degree"}, "weights degree are of directed graphs"),
        ("directed-ring", {"nodes": 0}, "cannot have 0 nodes"),
        (
            nx.DiGraph([(0, 1, {"mixing_weight": 0.5}), (1, 2), (2, 0)]),
            {},
            "has a mixing_weight on directed edges, and it is not clear whether of R or of C",
        ),
    ],
)
def test_what_cannot_be_used_is_refused(graph, options, said):
    nodes = {"nodes": 4} if isinstance(graph, str) else {}
    assert said in refusal(graph, **nodes | options)


def test_the_report_has_the_perron_vectors_and_gaps():
    report = directed_report(build(HUB))
    R, C = by_hand(HUB)
    pi, v = np.array(report.perron_r), np.array(report.perron_c)
    np.testing.assert_allclose([pi @ R, C @ v], [pi, v], atol=1e-14)
    np.testing.assert_allclose([pi.sum(), v.sum()], 1)
    assert report.step_factor == pytest.approx(5 * pi @ v)
    for gap, matrix in ((report.gap_r, R), (report.gap_c, C)):
        assert gap == pytest.approx(1 - np.sort(np.abs(np.linalg.eigvals(matrix)))[-2])
    assert (report.diameter, report.diameter_exact) == (nx.diameter(HUB), True)
    assert (report.in_degree_max, report.out_degree_max, report.edges) == (2, 2, 7)


@pytest.mark.parametrize(("graph", "nodes"), [("directed-ring", 8), (HUB, None)])
def test_push_pull_contracts_up_to_the_stable_step_and_not_beyond(graph, nodes):
    """Iterated on random starts, x⁺ = R(x − βt), t⁺ = Ct + x⁺ − x, with t₀ = x₀."""
    R, C = by_hand(build(graph, nodes).graph)
    limit = stable_step([R], [C])
    for factor, stable in ((0.9, True), (1.1, False)):
        x = t = np.random.default_rng(0).standard_normal(len(R))
        for _ in range(3000):
            before, x = x, R @ (x - factor * limit * t)
            t = C @ t + x - before
        assert (np.abs(x).max() < 1) == stable


def test_a_long_ring_bears_small_steps_only():
    """A ring of 8 about 1/40 of the one with chords; §14 has measured 1/30."""
    alone, chords = (
        directed_report(build(name, 8)).stable_step for name in ("directed-ring", "directed-ring:3")
    )
    assert 1 / 50 < alone / chords < 1 / 30


def labelled(edges, nodes="abcd", **attributes):
    graph = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(edges, **attributes)
    return graph


PAIR = [labelled(["ab", "cd"]), labelled(["bc", "da"], nodes="dcba")]


def test_graphs_in_turn_are_one_whose_edges_know_their_rounds_by_the_names_of_nodes():
    topology = build(PAIR)
    edges = [*zip(topology.source.tolist(), topology.target.tolist(), strict=True)]
    there = [{e for e, up in zip(edges, topology.present(t, 0), strict=True) if up} for t in range(3)]
    assert there == [{(0, 1), (2, 3)}, {(1, 2), (3, 0)}, {(0, 1), (2, 3)}]
    assert (topology.name, topology.period) == ("schedule", 2)


def test_the_factor_of_a_period_is_the_mean_of_its_rounds():
    """x and t iterated for long: a step moves the agreement by β K πᵀv times the mean direction, on average."""
    topology, beta = build(PAIR), 1e-3
    R, C = ([of(up) for up in topology.rounds] for of in (topology.matrix, topology.push_matrix))
    x, t, moved = np.zeros(4), np.array([0.3, 0.1, 0.5, 0.1]), []
    for k in range(1000):
        x, t = R[k % 2] @ (x - beta * t), C[k % 2] @ t
        moved.append(x.mean())
    expected = directed_report(topology).step_factor
    assert (moved[999] - moved[799]) / 200 == pytest.approx(-beta * expected * t.sum() / 4, rel=1e-9)


@pytest.mark.parametrize(
    ("graphs", "said"),
    [
        (
            [PAIR[0], labelled(["bc"])],
            "schedule is not strongly connected: no path leads from node 'b' to node 'a'",
        ),
        ([PAIR[0], labelled(["ef"], nodes="efgh")], "has other nodes than"),
        ([PAIR[0], labelled(["bc"], nodes="abc")], "has other nodes than"),
        (
            [PAIR[0], labelled(["ab"], latency=1.0)],
            "has other attributes of 'a' → 'b' than a graph before it",
        ),
        (["one-peer-exponential", "ring"], "topology one-peer-exponential changes itself"),
    ],
)
def test_graphs_that_are_no_schedule_are_refused(graphs, said):
    assert said in refusal(graphs, **({"nodes": 4} if isinstance(graphs[0], str) else {}))


def test_one_peer_graphs_average_exactly_in_a_period_where_k_is_a_power_of_two():
    topology = build("one-peer-exponential", 8)
    product = np.linalg.multi_dot([topology.matrix(up) for up in topology.rounds])
    np.testing.assert_allclose(product, 1 / 8, atol=1e-15)
    assert directed_report(topology).gap_r == pytest.approx(1, abs=1e-4)


def test_the_random_order_is_that_of_the_seed_and_uses_every_graph():
    topology = build("one-peer-exponential:random", 8)
    drawn = [[int(np.flatnonzero(topology.present(t, seed))[0]) for t in range(60)] for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(set(drawn[0])) == 3


def test_what_is_done_to_a_fixed_graph_alone_is_refused(tmp_path):
    assert "would take all its edges at once" in refusal("one-peer-exponential", nodes=4, undirected=True)
    assert "topology schedule is an empty list of graphs" in refusal([])
    with pytest.raises(
        InputError, match="topology schedule changes from round to round, and a file holds one graph"
    ):
        write_graphml(build(PAIR), tmp_path / "pair.graphml")
