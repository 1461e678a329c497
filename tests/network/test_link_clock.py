"""The modelled time of rounds: a node waits for its slowest neighbour, whose round began when it was ready."""

import networkx as nx
import numpy as np
import pytest

import p2pbo
from p2pbo import InputError
from p2pbo.network import LinkClock, has_links
from p2pbo.topology import build


def chain(*links):
    graph = nx.Graph()
    for node, (latency, bandwidth) in enumerate(links):
        graph.add_edge(node, node + 1, latency=latency, bandwidth=bandwidth)
    return build(graph)


def test_a_round_takes_latency_and_bytes_over_bandwidth():
    clock = LinkClock(chain((20.0, 1000.0)), None, None)
    for _ in range(3):
        clock.advance(500)
    assert clock.now == pytest.approx(3 * (0.020 + 0.5), rel=1e-14)


def test_slowness_spreads_from_neighbour_to_neighbour():
    """Against the recursion written out node by node; edge 2–3 is slow."""
    topology = chain((1.0, 1e6), (1.0, 1e6), (500.0, 1e3), (1.0, 1e6))
    clock = LinkClock(topology, None, None)
    sent = np.random.default_rng(0).integers(100, 2000, len(topology.source))
    seconds = {}
    for (i, j), size in zip(
        zip(topology.source.tolist(), topology.target.tolist(), strict=True), sent, strict=True
    ):
        held = topology.graph.edges[i, j]
        seconds[i, j] = held["latency"] / 1000 + size / held["bandwidth"]
    clocks = [0.0] * 5
    for _ in range(6):
        clock.advance(sent)
        clocks = [
            max([clocks[i], *(clocks[j] + seconds[j, i] for j in topology.neighbours(i))]) for i in range(5)
        ]
        assert clock.now == pytest.approx(max(clocks), rel=1e-13)


def test_a_node_alone_waits_for_nobody():
    clock = LinkClock(build("ring", 1), 10.0, 100.0)
    clock.advance(50)
    assert clock.now == 0


def test_edges_that_say_nothing_have_the_given_figures():
    topology = build("ring", 5)
    assert not has_links(topology, None)
    assert has_links(topology, 100.0)
    clock = LinkClock(topology, 10.0, 100.0)
    clock.advance(50)
    assert clock.now == pytest.approx(0.51)


@pytest.mark.parametrize("links", [[(1.0, 0.0)], [(-1.0, 5.0)], [(1.0, float("nan"))], [("slow", 5.0)]])
def test_impossible_links_are_named(links):
    with pytest.raises(InputError, match=r"edge 0 – 1 has the (latency|bandwidth) .*; give every edge one"):
        LinkClock(chain(*links), None, None)


@pytest.mark.parametrize("bandwidth", [-1.0, 0, float("nan"), "fast\nest", None, 10**400])
def test_the_nodes_of_impossible_links_are_called_as_in_their_file(bandwidth):
    graph = nx.Graph([("carol", "bob"), ("bob", "alice")], capacity=1)
    nx.set_edge_attributes(graph, 5.0, "bandwidth")
    graph.edges["bob", "alice"]["bandwidth"] = bandwidth
    with pytest.raises(InputError, match=r"^edge 'bob' – 'alice' has the bandwidth .*; give every edge one"):
        LinkClock(build(graph), None, None)


def test_a_trace_has_the_modelled_time_where_links_are_known():
    topology = chain((20.0, 1000.0), (5.0, 1000.0))
    given = {"problem": "quadratic", "algorithm": "nc-soba", "topology": topology.graph, "steps": 10}
    plain, lossy = (
        p2pbo.run(**given, codec=codec)["modelled_time"].values for codec in ("none", "randk:0.3")
    )
    assert plain[0] == 0
    assert plain[-1] == pytest.approx(10 * (0.020 + 26 * 8 / 1000))
    assert lossy[-1] == pytest.approx(10 * (0.020 + (3 + 2 + 2) * 8 / 1000))
    assert "modelled_time" not in p2pbo.run(problem="quadratic", steps=1).metrics
