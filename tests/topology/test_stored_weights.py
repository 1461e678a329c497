"""Weights that a graph brings along: what ``--save`` writes is what is read, and what is no W is refused."""

import networkx as nx
import numpy as np
import pytest
from topology_examples import BUILT, refusal

from p2pbo.topology import build
from p2pbo.topology.files.graphml_writer import write_graphml
from p2pbo.topology.study import study_topologies

SAVED = [case for case in BUILT if case[1] in (1, 2, 16)]


def weighted(*weights, kind=nx.Graph, **more):
    """A path of named nodes whose edges have these mixing weights; None: none."""
    graph = kind()
    for i, weight in enumerate(weights):
        held = {} if weight is None else {"mixing_weight": weight}
        graph.add_edge(f"n{i}", f"n{i + 1}", **held, **more)
    return graph


@pytest.mark.parametrize(("family", "nodes", "weights"), SAVED)
def test_saved_weights_are_read_bit_for_bit(tmp_path, family, nodes, weights):
    made = build(family, nodes, weights, seed=3)
    write_graphml(made, tmp_path / "net.graphml")
    back = build(tmp_path / "net.graphml")
    np.testing.assert_array_equal(back.matrix(), made.matrix())
    assert back.digest() == made.digest()
    assert back.weighting == ("file" if nodes > 1 else "metropolis")


@pytest.mark.parametrize("ending", ["gml", "edgelist"])
def test_weights_in_other_formats_are_read_too(tmp_path, ending):
    made = build("er:0.4", 12, "optimal", seed=1)
    write_graphml(made, tmp_path / "net.graphml")
    saved = nx.read_graphml(tmp_path / "net.graphml", node_type=int)
    path = tmp_path / f"net.{ending}"
    getattr(nx, f"write_{ending}")(saved, path)
    np.testing.assert_array_equal(build(path).matrix(), made.matrix())


def test_weights_are_those_of_the_named_edges():
    """W by hand: self weights are what the edges leave of 1, and may be negative."""
    built = build(weighted(0.75, 0.5))
    np.testing.assert_array_equal(built.matrix(), [[0.25, 0.75, 0], [0.75, -0.25, 0.5], [0, 0.5, 0.5]])
    assert (built.name, built.weighting) == ("custom", "custom")


def test_an_edge_may_have_a_negative_weight_as_in_a_matrix():
    graph = weighted(0.5, 0.4)
    graph.add_edge("n0", "n2", mixing_weight=-0.05)
    W = build(graph).matrix()
    np.testing.assert_array_equal(build(W).matrix(), W)
    assert W[0, 2] == -0.05


def test_weights_that_are_asked_for_come_first(tmp_path):
    write_graphml(build("star", 5, "optimal"), tmp_path / "net.graphml")
    for weights in ("metropolis", "lazy", "optimal"):
        built = build(tmp_path / "net.graphml", weights=weights)
        assert (built.weighting, built.digest()) == (weights, build("star", 5, weights).digest())
    assert build(tmp_path / "net.graphml", weights="file").digest() == build("star", 5, "optimal").digest()


def test_graphs_without_weights_have_metropolis_weights():
    assert build(nx.star_graph(4)).weighting == "metropolis"
    assert build("ring", 4).weighting == "metropolis"


BAD = {
    "some": (
        weighted(0.5, None),
        "edge 'n1' – 'n2' has no mixing_weight; give every edge one, or say --weights m",
    ),
    "nan": (
        weighted(0.5, float("nan")),
        "edge 'n1' – 'n2' has the mixing_weight nan; give every edge one, or ",
    ),
    "infinite": (weighted(float("inf")), "edge 'n0' – 'n1' has the mixing_weight inf; "),
    "text": (weighted("half"), "edge 'n0' – 'n1' has the mixing_weight 'half'; "),
    "truth": (weighted(True), "edge 'n0' – 'n1' has the mixing_weight True; "),
}


@pytest.mark.parametrize("case", BAD)
def test_edges_without_a_weight_are_named(case):
    graph, message = BAD[case]
    assert refusal(graph).startswith(f"topology custom: {message}")


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ((1.0,), "never comes to agreement: it has an eigenvalue -1; keep all but one in (−1, 1), "),
        ((0.9, 0.9), "never comes to agreement: it has an eigenvalue -1.7; "),
        ((-0.5,), "never comes to agreement: it has an eigenvalue 2; "),
        ((0.5, 0.0), "never comes to agreement: it has an eigenvalue 1; "),
    ],
)
def test_weights_that_do_not_mix_are_refused(weights, message):
    assert refusal(weighted(*weights)).startswith(f"topology custom {message}")


@pytest.mark.parametrize("back", [0.25, None])
def test_weights_that_differ_by_direction_are_refused(back):
    graph = weighted(0.5, 0.5, kind=nx.DiGraph)
    graph.add_edges_from([(b, a, held) for a, b, held in graph.edges(data=True)])
    assert build(graph).weighting == "custom"
    graph.remove_edge("n2", "n1")
    graph.add_edge("n2", "n1", **({} if back is None else {"mixing_weight": back}))
    assert refusal(graph) == (
        "topology custom is not symmetric: the two directions of 'n1' – 'n2' differ in mixing_weight; "
        "give both the same, or neither one"
    )


def test_a_family_brings_no_weights():
    said = refusal("ring", 4, "file")
    assert said.startswith(
        "topology ring: edge 0 – 1 has no mixing_weight; give every edge one, or say --weights m"
    )


def test_studies_take_what_files_bring(tmp_path):
    write_graphml(build("star", 5, "optimal"), tmp_path / "net.graphml")
    path = str(tmp_path / "net.graphml")
    own, ring = study_topologies([path, "ring"], [5])
    assert (own.weights, ring.weights) == ("file", "metropolis")
    assert own.gap == study_topologies(["star"], [5], "optimal")[0].gap
    assert study_topologies([path], [5], "lazy")[0].gap == study_topologies(["star"], [5], "lazy")[0].gap


HOLD_NOT = {"list": [1, 2], "nothing": None, "control": "a\x0bb", "nested": {"a": 1}}


@pytest.mark.parametrize("kind", HOLD_NOT)
def test_what_graphml_cannot_hold_is_named_and_nothing_written(tmp_path, kind):
    topology = build(weighted(None, None, **{kind: HOLD_NOT[kind]}))
    path = tmp_path / "net.graphml"
    path.write_text("before")
    with pytest.raises(
        ValueError, match=rf"net\.graphml cannot hold the attribute '{kind}' of a node or edge, "
    ):
        write_graphml(topology, path)
    assert path.read_text() == "before"


def test_a_graph_is_saved_under_a_name_that_is_read_as_graphml(tmp_path):
    for name in ("net.gml", "net", "net.edges", "net.graphml.txt"):
        with pytest.raises(
            ValueError, match=r"is to hold GraphML and is called otherwise; call it \.graphml"
        ):
            write_graphml(build("ring", 3), tmp_path / name)
    write_graphml(build("ring", 3), tmp_path / "NET.GraphML")
    assert build(tmp_path / "NET.GraphML").digest() == build("ring", 3).digest()
