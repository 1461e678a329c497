"""Every family × every weighting × several K."""

import networkx as nx
import numpy as np
import pytest
from topology_examples import BUILT, FAMILIES, IMPOSSIBLE, SIZES, dense_figures, refusal

from p2pbo.topology import build, spectral_report

every_topology = pytest.mark.parametrize(("family", "nodes", "weights"), BUILT)
every_family = pytest.mark.parametrize("family", FAMILIES)


@every_topology
def test_w_is_symmetric_doubly_stochastic_and_mixes(family, nodes, weights):
    W = build(family, nodes, weights, seed=1).matrix()
    assert W.shape == (nodes, nodes)
    np.testing.assert_allclose(W, W.T, rtol=0, atol=1e-12)
    np.testing.assert_allclose(W.sum(axis=1), 1, rtol=0, atol=1e-12)
    np.testing.assert_allclose(W.sum(axis=0), 1, rtol=0, atol=1e-12)
    spectrum = np.linalg.eigvalsh(W)
    assert spectrum[0] > -1
    assert spectrum[-1] == pytest.approx(1, abs=1e-12)
    assert (spectrum[:-1] < 1 - 1e-9).all()


@every_topology
def test_the_report_is_what_numpy_and_networkx_say(family, nodes, weights):
    topology = build(family, nodes, weights, seed=1)
    report = spectral_report(topology).asdict()
    expected = dense_figures(topology)
    assert {name: report[name] for name in expected} == pytest.approx(expected, rel=1e-8, abs=1e-10)
    assert (report["topology"], report["weights"], report["gamma"]) == (family, weights, 0.99)
    assert report["diameter_exact"]
    assert report["effective_neighbours_error"] == 0


@every_family
@pytest.mark.parametrize("nodes", SIZES)
def test_a_family_makes_a_plain_connected_graph_or_says_why_not(family, nodes):
    if (family, nodes) in IMPOSSIBLE:
        assert IMPOSSIBLE[family, nodes] in refusal(family, nodes)
        return
    graph = build(family, nodes).graph
    assert list(graph) == list(range(nodes))
    assert nx.is_connected(graph)
    assert not graph.is_directed()
    assert nx.number_of_selfloops(graph) == 0


@every_family
def test_a_graph_said_to_look_alike_from_every_node_does(family):
    graph = build(family, 16).graph
    if graph.graph.get("vertex_transitive"):
        seen = {tuple(sorted(nx.single_source_shortest_path_length(graph, node).values())) for node in graph}
        assert len(seen) == 1
        diagonals = [
            np.diag(np.linalg.matrix_power(nx.to_numpy_array(graph), power)) for power in range(2, 8)
        ]
        assert all(np.ptp(closed_walks) == 0 for closed_walks in diagonals)
    else:
        assert family in ("er:0.5", "grid", "line", "regular:2", "small-world", "star")


@every_topology
def test_edges_are_sorted_and_in_both_directions(family, nodes, weights):
    topology = build(family, nodes, weights, seed=1)
    pairs = list(zip(topology.source.tolist(), topology.target.tolist(), strict=True))
    assert pairs == sorted({*topology.graph.edges, *((j, i) for i, j in topology.graph.edges)})
    for node in range(nodes):
        assert topology.neighbours(node).tolist() == sorted(topology.graph[node])


def test_arrays_and_graph_cannot_be_changed():
    topology = build("ring", 4)
    with pytest.raises(ValueError, match="read-only"):
        topology.weight[0] = 0.5
    with pytest.raises(nx.NetworkXError, match="Frozen"):
        topology.graph.add_edge(0, 2)


def test_the_digest_tells_graphs_and_weights_apart():
    made = [("ring", "metropolis"), ("line", "metropolis"), ("ring", "lazy"), ("ring", "optimal")]
    assert len({build(family, 6, weights).digest() for family, weights in made}) == 4
    assert build("ring", 6).digest() == build("ring", 6).digest()
    assert build("ring", 6).digest() == build(nx.cycle_graph(6)).digest()
