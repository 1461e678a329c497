"""The modelled time of rounds: a node waits for its slowest neighbour, whose round began when it was ready."""

import heapq
from collections import defaultdict

import networkx as nx
import numpy as np
import pytest

import p2pbo
from p2pbo import InputError
from p2pbo.network import LinkClock, has_links
from p2pbo.network.clock.link_clock import CountedRound
from p2pbo.topology import build


def chain(*links):
    graph = nx.Graph()
    for node, (latency, bandwidth) in enumerate(links):
        graph.add_edge(node, node + 1, latency=latency, bandwidth=bandwidth)
    return build(graph)


def test_a_round_takes_latency_and_bytes_over_bandwidth():
    clock = LinkClock(chain((20.0, 1000.0)), None, None)
    for _ in range(3):
        clock.advance(CountedRound(500))
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
        clock.advance(CountedRound(sent))
        clocks = [
            max([clocks[i], *(clocks[j] + seconds[j, i] for j in topology.neighbours(i))]) for i in range(5)
        ]
        assert clock.now == pytest.approx(max(clocks), rel=1e-13)


def event_by_event(topology, seconds, computing, overlapped):
    """The clocks at the end: each node is a process that computes, sends, and waits for its neighbours' messages.

    ``seconds[round][i, j]`` is how long a message is on its way, ``computing[step][i]`` how long i computes; every step
    has two rounds, and ``overlapped`` of them are on their way meanwhile.
    """
    events, clocks, inbox = [], {}, defaultdict(dict)
    waiting = {}

    def begin(node, number, now):
        step, of_step = divmod(number, 2)
        if number == 2 * len(computing):
            clocks[node] = now
            return
        own = computing[step][node] / overlapped if of_step < overlapped else 0.0
        if not overlapped and of_step == 0:
            now += computing[step][node]
        for other in topology.neighbours(node).tolist():
            if (node, other) in seconds[number]:
                heapq.heappush(events, (now + seconds[number][node, other], node, other, number))
        waiting[node] = number, now + own
        look(node)

    def look(node):
        if node not in waiting:
            return
        number, ready = waiting[node]
        due = {other for other in topology.neighbours(node).tolist() if (other, node) in seconds[number]}
        if due <= inbox[node, number].keys():
            del waiting[node]
            begin(node, number + 1, max([ready, *inbox[node, number].values()]))

    for node in range(topology.nodes):
        begin(node, 0, 0.0)
    while events:
        at, sender, receiver, number = heapq.heappop(events)
        inbox[receiver, number][sender] = at
        look(receiver)
    return [clocks[node] for node in range(topology.nodes)]


@pytest.mark.parametrize("overlapped", [0, 1, 2])
@pytest.mark.parametrize("name", ["ring", "star", "er:0.5"])
def test_nodes_compute_and_wait_for_their_neighbours_alone(name, overlapped):
    """Against a simulation from event to event, in which a part of the edges carries nothing in each round."""
    topology, random, steps = build(name, 7, seed=2), np.random.default_rng(5), 9
    speed = dict(enumerate(random.uniform(0.2, 3, 7)))
    graph = topology.graph.copy()
    nx.set_node_attributes(graph, speed, "speed")
    clock = LinkClock(build(graph), 3.0, 1000.0, computes=True, overlapped=overlapped)
    computing = random.lognormal(-1, 1, (steps, 7))
    rounds = [
        CountedRound(random.integers(50, 900, len(topology.source)), both_ways(topology, random))
        for _ in range(2 * steps)
    ]
    seconds = [
        {
            (int(i), int(j)): 0.003 + size / 1000
            for i, j, size, carries in zip(topology.source, topology.target, *counted, strict=True)
            if carries
        }
        for counted in rounds
    ]
    for step in range(steps):
        clock.step(rounds[2 * step : 2 * step + 2], computing[step])
    at_speed = computing / [speed[node] for node in range(7)]
    np.testing.assert_allclose(
        clock.nodes, event_by_event(topology, seconds, at_speed, overlapped), rtol=1e-12
    )


def both_ways(topology, random):
    drawn = {frozenset(pair): random.random() < 0.7 for pair in topology.graph.edges}
    return np.array(
        [
            drawn[frozenset(pair)]
            for pair in zip(topology.source.tolist(), topology.target.tolist(), strict=True)
        ]
    )


@pytest.mark.parametrize(
    ("overlapped", "seconds"), [(0, 0.7 + 3 * 0.2), (1, 0.7 + 2 * 0.2), (3, 3 * 0.7 / 3)]
)
def test_what_is_computed_meanwhile_hides_messages(overlapped, seconds):
    """Three rounds of 0.2 s and 0.7 s of computing, of which as many rounds have an equal share."""
    clock = LinkClock(build("ring", 4), bandwidth=100.0, computes=True, overlapped=overlapped)
    clock.step([CountedRound(20)] * 3, 0.7)
    assert clock.now == pytest.approx(seconds)


def test_steps_without_rounds_take_their_computing():
    clock = LinkClock(build("ring", 4), computes=True, overlapped=1)
    clock.step([], np.array([0.1, 0.2, 0.3, 0.4]))
    np.testing.assert_allclose(clock.nodes, [0.1, 0.2, 0.3, 0.4])


def test_rounds_are_those_of_the_step():
    clock = LinkClock(build("ring", 4), bandwidth=100.0)
    clock.count(50)
    clock.count(20, np.zeros(8, dtype=bool))
    assert clock.now == 0
    clock.step(clock.take_rounds())
    assert clock.now == 0.5
    assert clock.take_rounds() == []


def test_messages_take_no_time_where_nothing_limits_them():
    clock = LinkClock(build("ring", 4), computes=True)
    clock.step([CountedRound(10**12)], 0.25)
    assert clock.now == 0.25


@pytest.mark.parametrize("speed", [0, -1.0, float("inf"), "slow"])
def test_impossible_speeds_are_named(speed):
    graph = nx.cycle_graph(3)
    graph.nodes[1]["speed"] = speed
    with pytest.raises(
        InputError, match=r"node 1 has the speed .*; give a number above 0; without one it is 1"
    ):
        LinkClock(build(graph), computes=True)
    LinkClock(build(graph))  # nobody computes


def test_a_node_alone_waits_for_nobody():
    clock = LinkClock(build("ring", 1), 10.0, 100.0)
    clock.advance(CountedRound(50))
    assert clock.now == 0


def test_edges_that_say_nothing_have_the_given_figures():
    topology = build("ring", 5)
    assert not has_links(topology, None)
    assert has_links(topology, 100.0)
    clock = LinkClock(topology, 10.0, 100.0)
    clock.advance(CountedRound(50))
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
