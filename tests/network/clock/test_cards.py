"""What a node's edges share of its card: closed forms, and fair shares simulated from event to event."""

import networkx as nx
import numpy as np
import pytest
from fair_shares import arrivals

from p2pbo import InputError
from p2pbo.network import LinkClock, has_cards
from p2pbo.network.clock.link_clock import CountedRound
from p2pbo.topology import build

LATENCY, CARD, SIZE = 0.002, 1000.0, 300
"""Seconds, bytes per second, bytes."""


def with_cards(name, cards, nodes):
    graph = build(name, nodes, seed=3).graph.copy()
    nx.set_node_attributes(graph, dict(enumerate(map(float, np.broadcast_to(cards, nodes)))), "bandwidth")
    return build(graph)


@pytest.mark.parametrize(
    ("name", "most"), [("line", 2), ("ring", 2), ("torus:3x4", 4), ("star", 11), ("complete", 11)]
)
def test_a_round_takes_what_the_busiest_card_sends_or_receives(name, most):
    clock = LinkClock(build(name, 12), 1000 * LATENCY, node_bandwidth=CARD)
    for rounds in range(1, 4):
        clock.advance(CountedRound(SIZE))
        assert clock.now == pytest.approx(rounds * (LATENCY + most * SIZE / CARD), rel=1e-14)


def test_leaves_of_a_star_wait_for_the_card_of_the_hub():
    clock = LinkClock(with_cards("star", [100.0, 1e9, 1e9, 1e9], 4))
    clock.advance(CountedRound(SIZE))
    np.testing.assert_allclose(clock.nodes, 3 * SIZE / 100)
    clock = LinkClock(with_cards("star", [1e9, 100.0, 1e9, 1e9], 4))
    clock.advance(CountedRound(SIZE))
    np.testing.assert_allclose(clock.nodes, [3, 3, 3 * SIZE / 1e9, 3 * SIZE / 1e9], rtol=1e-6)


def test_one_that_sends_to_few_has_its_card_for_them():
    """On a line of three, only the middle one's card is shared; a short message is through before a long one."""
    topology = with_cards("line", CARD, 3)
    clock = LinkClock(topology)
    clock.advance(CountedRound(np.array([0, 100, 900, 0])))
    np.testing.assert_allclose(clock.nodes, [0.2, 0.0, 1.0])


def test_an_edge_may_be_slower_than_both_its_cards():
    graph = nx.cycle_graph(4)
    nx.set_edge_attributes(graph, {(0, 1): 50.0}, "bandwidth")
    clock = LinkClock(build(graph), node_bandwidth=CARD)
    clock.advance(CountedRound(SIZE))
    np.testing.assert_allclose(clock.nodes, [6, 6, 0.6, 0.6])


def test_edges_that_carry_nothing_leave_the_card_to_the_others():
    topology = build("complete", 4)
    clock = LinkClock(topology, node_bandwidth=CARD)
    pair = np.isin(topology.source, [0, 1]) & np.isin(topology.target, [0, 1])
    clock.advance(CountedRound(SIZE, pair))
    np.testing.assert_allclose(clock.nodes, [0.3, 0.3, 0, 0])


def simulated(topology, cards, sizes, computing, latency=LATENCY):
    """The clocks of rounds whose messages have fair shares; in each round a node computes first, and then sends."""
    clocks = np.zeros(topology.nodes)
    for size, seconds in zip(sizes, computing, strict=True):
        clocks = clocks + seconds
        starts = clocks[topology.source] + latency
        at = arrivals(topology, size, starts, np.full(len(size), 1e9), cards)
        clocks = np.array([max([c, *at[topology.target == i]]) for i, c in enumerate(clocks)])
    return clocks


def modelled(topology, sizes, computing, latency=LATENCY):
    clock = LinkClock(topology, 1000 * latency, computes=True)
    for size, seconds in zip(sizes, computing, strict=True):
        clock.step([CountedRound(size)], seconds)
    return clock.nodes


GRAPHS = ("ring", "star", "complete", "er:0.4", "exponential")


@pytest.mark.parametrize("name", GRAPHS)
def test_messages_of_one_size_that_begin_together_have_fair_shares(name):
    """Whatever the cards."""
    cards = np.random.default_rng(1).uniform(300, 3000, 9)
    topology = with_cards(name, cards, 9)
    sizes = np.full((1, len(topology.source)), SIZE)
    expected = simulated(topology, cards, sizes, np.zeros((1, 9)))
    assert modelled(topology, sizes, np.zeros((1, 9))).max() == pytest.approx(expected.max(), rel=1e-9)


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("seed", range(3))
def test_what_begins_anyhow_and_is_of_any_size_comes_near_fair_shares(name, seed):
    """After ten rounds; both are bounds of what real cards do, which are not fair to the byte."""
    random = np.random.default_rng(seed)
    cards = random.uniform(300, 3000, 9)
    topology = with_cards(name, cards, 9)
    sizes = random.integers(50, 1000, (10, len(topology.source)))
    computing = random.lognormal(-1, 0.5, (10, 9))
    expected = simulated(topology, cards, sizes, computing).max()
    assert modelled(topology, sizes, computing).max() == pytest.approx(expected, rel=0.08)


def test_cards_of_the_topology_or_of_all_nodes():
    topology = with_cards("ring", CARD, 4)
    assert has_cards(topology, None)
    assert not has_cards(build("ring", 4), None)
    assert has_cards(build("ring", 4), CARD)
    one, other = LinkClock(topology, node_bandwidth=1.0), LinkClock(build("ring", 4), node_bandwidth=CARD)
    for clock in (one, other):
        clock.advance(CountedRound(SIZE))
    assert one.now == other.now


@pytest.mark.parametrize("bandwidth", [-1.0, 0, float("nan"), "fast\nest", None, 10**400])
def test_impossible_cards_are_named(bandwidth):
    graph = nx.Graph([("carol", "bob"), ("bob", "alice")])
    nx.set_node_attributes(graph, 5.0, "bandwidth")
    graph.nodes["bob"]["bandwidth"] = bandwidth
    told = r"^node 'bob' has the bandwidth .*; give every node one, or set topology.node_bandwidth$"
    with pytest.raises(InputError, match=told):
        LinkClock(build(graph))


def test_a_node_without_a_card_among_others_is_named():
    graph = nx.path_graph(3)
    graph.nodes[0]["bandwidth"] = graph.nodes[2]["bandwidth"] = 5.0
    with pytest.raises(InputError, match="node 1 has the bandwidth None; give every node one"):
        LinkClock(build(graph))
    LinkClock(build(graph), node_bandwidth=3.0)
