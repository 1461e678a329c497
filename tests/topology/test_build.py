"""From networkx graphs and matrices; what files give is in test_files.py."""

import networkx as nx
import numpy as np
import pytest
from topology_examples import refusal

from p2pbo.topology import build


def directed(*edges):
    return nx.DiGraph(edges)


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (nx.Graph(), "topology custom has no nodes; give it at least one"),
        (
            nx.Graph([(0, 1), (2, 3), (4, 4)][:2]),
            "topology custom falls into 2 components: no path joins nodes 0 and 2; "
            "add edges until every node can be reached",
        ),
        (
            nx.Graph([("a", "b"), ("b", "b")]),
            "topology custom has an edge from node 'b' to itself; "
            "remove it: self weights follow from the weighting",
        ),
        (
            directed((0, 1), (1, 0), (1, 2)),
            "topology custom is not strongly connected: no path leads from node 2 to node 0; "
            "add edges until one does, or say --undirected (in Python undirected=True)",
        ),
        (
            nx.MultiGraph([(0, 1), (1, 0)]),
            "topology custom has parallel edges between 0 and 1; merge them, for example with networkx.Graph(graph)",
        ),
    ],
)
def test_an_unfit_graph_is_refused(graph, message):
    assert refusal(graph) == message


@pytest.mark.parametrize("kind", [nx.MultiDiGraph, nx.DiGraph, nx.MultiGraph])
def test_other_kinds_of_graph_that_stand_for_an_undirected_one_are_taken(kind):
    given = kind(nx.cycle_graph(5))
    assert set(build(given).graph.edges) == set(build("ring", 5).graph.edges)


def test_integer_nodes_are_numbered_in_their_order():
    topology = build(nx.Graph([(30, 10), (10, 20)]))
    assert topology.matrix()[0, 1:] == pytest.approx([1 / 3, 1 / 3])
    assert [label for _, label in topology.graph.nodes(data="label")] == ["10", "20", "30"]


def test_what_a_graph_says_of_itself_is_not_taken_on_trust():
    given = nx.path_graph(4)
    given.graph["vertex_transitive"] = True
    assert not build(given).graph.graph


def test_the_given_graph_stays_as_it_was():
    given = nx.cycle_graph(4)
    build(given)
    given.add_edge(0, 2)
    assert "label" not in given.nodes[0]


def test_a_size_that_does_not_fit_is_refused():
    assert refusal(nx.cycle_graph(4), 5) == "topology custom has 4 nodes, not 5; use --nodes 4"
    assert refusal(np.eye(1), 2) == "topology custom has 1 nodes, not 2; use --nodes 1"


def test_a_matrix_is_w_itself():
    W = build("er:0.4", 12, "optimal", seed=3).matrix()
    topology = build(W, 12)
    np.testing.assert_allclose(topology.matrix(), W)
    assert (topology.name, topology.weighting) == ("custom", "custom")
    assert build(np.eye(1)).nodes == 1


def ring_matrix(**entries):
    W = build("ring", 4).matrix()
    for place, value in entries.items():
        W[tuple(int(digit) for digit in place[1:])] = value
    return W


swap = np.array([[0.0, 1.0], [1.0, 0.0]])


@pytest.mark.parametrize(
    ("W", "message"),
    [
        (
            ring_matrix(_12=0.25),
            "is not symmetric: entry (1, 2) is 0.25 and (2, 1) is 0.333333; "
            "give both directions of an edge the same weight",
        ),
        (
            ring_matrix(_31=0.25),
            "is not symmetric: entry (1, 3) is 0 and (3, 1) is 0.25; "
            "give both directions of an edge the same weight",
        ),
        (
            ring_matrix(_22=0.5),
            "is not doubly stochastic: row 2 sums to 1.16666666666667, not 1; "
            "set each w_ii to 1 − Σ_j w_ij, in float64",
        ),
        (ring_matrix(_22=1 / 3 + 1e-11), "is not doubly stochastic: row 2 sums to 1.00000000001, not 1; "),
        (ring_matrix(_01=np.nan), "has nan in entry (0, 1); give finite weights"),
        (np.eye(3), "falls into 3 components: no path joins nodes 0 and 1; "),
        (np.ones((2, 3)), "is a 2×3 array of float64; give a K×K array of real weights"),
        (np.ones((0, 0)), "is a 0×0 array of float64; "),
        (np.ones(4), "is a 4 array of float64; "),
        (np.eye(2) * 1j, "is a 2×2 array of complex128; "),
        (
            swap,
            "never comes to agreement: it has an eigenvalue -1; keep all but one in (−1, 1), for example by ½",
        ),
        (np.array([[2.0, -1.0], [-1.0, 2.0]]), "never comes to agreement: it has an eigenvalue 3; "),
    ],
)
def test_an_unfit_matrix_is_refused_at_its_entry_or_row(W, message):
    said = refusal(W)
    assert said.startswith(f"topology custom {message}")
    assert "\n" not in said


def test_a_matrix_needs_no_weighting():
    said = refusal(np.eye(1), None, "lazy")
    assert (
        said
        == "weights lazy cannot go with a matrix, which is W itself; leave the weights out, or give a networkx graph"
    )
