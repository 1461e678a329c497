"""What the two directions of an edge become where a directed graph stands for an undirected one."""

import warnings

import networkx as nx
import pytest
from topology_examples import refusal

from p2pbo.errors import Notice
from p2pbo.topology import build


def ring(**attributes):
    """A ring of four named nodes, each direction of each edge with its own attributes: name=(there, back)."""
    graph = nx.DiGraph()
    graph.add_nodes_from(["alice", "bob", "carol", "dave"])
    for a, b in nx.cycle_graph(["alice", "bob", "carol", "dave"]).edges:
        graph.add_edge(a, b, **{name: there for name, (there, _) in attributes.items() if there is not None})
        graph.add_edge(b, a, **{name: back for name, (_, back) in attributes.items() if back is not None})
    return graph


def test_equal_attributes_are_kept_without_a_word():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        graph = build(ring(bandwidth=(5, 5.0), kind=("fibre", "fibre"))).graph
    assert all(held == {"bandwidth": 5, "kind": "fibre"} for *_, held in graph.edges(data=True))


@pytest.mark.parametrize(
    ("attributes", "kept", "named"),
    [
        ({"bandwidth": (5, 3.5)}, {"bandwidth": 3.5}, "bandwidth"),
        ({"latency": (5, 3.5)}, {"latency": 5}, "latency"),
        ({"bandwidth": (None, 3.5)}, {"bandwidth": 3.5}, "bandwidth"),
        ({"bandwidth": (5, "fast")}, {}, "bandwidth"),
        (
            {"kind": ("up", "down"), "hops": (1, 1), "bandwidth": (1, 2)},
            {"hops": 1, "bandwidth": 1},
            "bandwidth, kind",
        ),
        ({"kind": ("up", None)}, {}, "kind"),
    ],
)
def test_differing_attributes_become_those_of_the_slower_direction(attributes, kept, named):
    said = (
        f"topology custom: the two directions of 'alice' – 'bob' and 3 other edges differ in {named}; an edge gets "
        "the smaller bandwidth, the larger latency, and nothing else of what differs"
    )
    with pytest.warns(Notice) as caught:
        graph = build(ring(**attributes)).graph
    assert [str(notice.message) for notice in caught] == [said]
    assert all(held == kept for *_, held in graph.edges(data=True))


def drawn():
    """A ring in which two edges have one direction, as programs that draw directed graphs write undirected ones."""
    graph = ring(bandwidth=(5, 5))
    graph.remove_edge("bob", "alice")
    graph.remove_edge("dave", "carol")
    return graph


def test_edges_in_one_direction_stay_as_they_are_where_ways_lead_back():
    assert set(build(drawn()).graph.edges) == {(0, 1), (1, 2), (2, 1), (2, 3), (3, 0), (0, 3)}


@pytest.mark.parametrize("ending", ["graphml", "gml"])
def test_a_drawing_is_undirected_on_request(tmp_path, ending):
    path = tmp_path / f"net.{ending}"
    getattr(nx, f"write_{ending}")(drawn(), path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read, given = build(path, undirected=True), build(drawn(), undirected=True)
    assert read.digest() == given.digest() == build("ring", 4).digest()
    assert all(held == {"bandwidth": 5} for *_, held in read.graph.edges(data=True))


@pytest.mark.parametrize("given", [ring(), nx.cycle_graph(4), "ring"])
def test_what_is_undirected_stays_so(given):
    assert build(given, 4, undirected=True).digest() == build("ring", 4).digest()


def test_self_loops_are_no_drawing_of_an_edge():
    graph = drawn()
    graph.add_edge("bob", "bob")
    assert "has an edge from node 'bob' to itself" in refusal(graph, undirected=True)
