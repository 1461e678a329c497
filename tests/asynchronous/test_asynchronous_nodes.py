"""Asynchronous nodes are a second event loop's, written out node by node, and their ledgers hold at every event."""

import networkx as nx
import numpy as np
import pytest
from dense_nodes import DenseNodes, one_each
from stepping import assembled, quadratic, unequal_start

from p2pbo.algorithms import Sampler
from p2pbo.asynchronous.hosted_nodes import HostedNodes
from p2pbo.asynchronous.message_faults import MessageFaults
from p2pbo.asynchronous.messages import NOTHING, Heard, Message
from p2pbo.asynchronous.node import AsynchronousNode
from p2pbo.asynchronous.node_edges import node_edges
from p2pbo.asynchronous.simulated_links import SimulatedLinks
from p2pbo.asynchronous.simulation import Simulation
from p2pbo.network.clock.link_clock import LinkFigures
from p2pbo.topology import build

NODES, STEPS = 6, 400
THETA, ALPHA, BETA, GAMMA = 0.7, 0.1, 0.15, 0.2


def durations(step, node):
    """Unequal, and never the same moment twice: no two events compete."""
    return (1 + 0.37 * node + 0.11 * ((7 * step + 3 * node) % 5)) * (4 if node == 1 else 1)


def simulated(problem, topology, start, latency=0.31, drop=0.0, double=0.0, method=None, batch=12):
    method = method or assembled(
        problem, "sparkle-gt", steps=STEPS, batch=batch, theta=THETA, alpha=ALPHA, beta=BETA, gamma=GAMMA, radius="off"
    )  # fmt: skip
    edges, count = node_edges(topology, range(topology.nodes)), len(topology.source)
    nodes = []
    for i in range(topology.nodes):
        oracles = problem.host(range(i, i + 1), np.dtype(float))
        sampler = Sampler(0, range(i, i + 1), oracles)
        nodes.append(
            AsynchronousNode(method, tuple(V[i : i + 1] for V in start), edges[i], oracles, sampler, STEPS)
        )
    late = np.full(count, latency) + 0.017 * np.arange(count)
    links = SimulatedLinks(topology, LinkFigures(late, np.full(count, np.inf), None))
    faults = MessageFaults(drop, double, seed=0)
    hosted = HostedNodes(range(topology.nodes), nodes, edges)
    return Simulation(hosted, links, faults, topology.target, durations), late, faults


def matrices(topology):
    """R and C, entry by entry: w_ij is what i takes of j, and what j hands to i."""
    K = topology.nodes
    if not topology.directed:
        W = topology.matrix()
        return W, W
    sends = np.zeros((K, K), bool)
    sends[topology.target, topology.source] = True
    sends |= np.eye(K, dtype=bool)
    return sends / sends.sum(1, keepdims=True), sends / sends.sum(0, keepdims=True)


def second_loop(problem, topology, start, late, events, faults=MessageFaults()):  # noqa: B008 - a constant
    """The listing with dictionaries and a sorted list of events; returns the iterates after so many events."""
    R, C = matrices(topology)
    K, dense, sizes = topology.nodes, DenseNodes(problem, 1.6, 5), [V.shape[1] for V in start]
    cuts = np.cumsum(sizes)[:-1]
    sampler = Sampler(0, range(K), problem.host(range(K), np.dtype(float)))
    edge_of = {
        (int(i), int(j)): e for e, (i, j) in enumerate(zip(topology.source, topology.target, strict=True))
    }
    S = [np.concatenate([V[i] for V in start]) for i in range(K)]
    U = [np.zeros(sum(sizes)) for _ in range(K)]
    step, heard, told, flying = [0] * K, {}, {}, set()
    beta = np.concatenate([np.full(size, b) for size, b in zip(sizes, (ALPHA, BETA, GAMMA), strict=True)])
    weight = np.concatenate([np.full(size, a) for size, a in zip(sizes, (THETA, 1, 1), strict=True)])
    calendar = [(durations(0, i), i, None, None) for i in range(K)]
    for _ in range(events):
        calendar.sort(key=lambda event: event[0])
        now, i, sender, message = calendar.pop(0)
        if sender is not None:
            stamp, copy, edge = message[0], message[3], edge_of[sender, i]
            if not faults.loses(edge, stamp, copy) and stamp > heard.get((sender, i), (-1,))[0]:
                heard[sender, i] = message
            if copy == 0 and faults.copies(edge, stamp) == 2:
                calendar.append((now + late[edge], i, sender, (*message[:3], 1)))
            else:
                flying.remove((sender, i))
            continue
        X, Y, Z = (np.stack(of) for of in zip(*(np.split(s, cuts) for s in S), strict=True))
        D = np.concatenate([V[i] for V in dense.tracked(X, Y, Z, one_each(sampler, step[i], 12))])
        U[i] = (1 - weight) * U[i] + weight * D
        out = [j for j in range(K) if (i, j) in edge_of]
        into = [j for j in range(K) if (j, i) in edge_of]
        half = (
            U[i]
            + sum(heard[j, i][2] for j in into if (j, i) in heard)
            - sum(told.get((i, j), 0) for j in out)
        )
        tracker = half if step[i] == 0 else C[i, i] * half
        for j in out:
            told[i, j] = told.get((i, j), np.zeros(len(half))) + (C[j, i] * half if step[i] else 0)
        v = S[i] - beta * tracker
        for j in out:
            if (i, j) not in flying:
                flying.add((i, j))
                calendar.append((now + late[edge_of[i, j]], j, i, (step[i], v, told[i, j], 0)))
        S[i] = R[i, i] * v + sum(R[i, j] * (heard[j, i][1] if (j, i) in heard else v) for j in into)
        step[i] += 1
        calendar.append((now + durations(step[i], i), i, None, None))
    return np.stack(S)


GRAPHS = {
    "ring": build("ring", NODES),
    "star": build("star", NODES),
    "directed": build("directed-ring:2", NODES),
}


@pytest.mark.parametrize(("drop", "double"), [(0.0, 0.0), (0.3, 0.0), (0.2, 0.2)])
@pytest.mark.parametrize("graph", GRAPHS)
def test_two_thousand_events_are_those_of_a_second_loop(graph, drop, double):
    problem, topology = quadratic(NODES, samples=32), GRAPHS[graph]
    start = unequal_start(problem, variables="xyz")
    found, late, faults = simulated(problem, topology, start, drop=drop, double=double)
    for _ in range(2000):
        found.handle()
    expected = second_loop(problem, topology, start, late, 2000, faults)
    rows = np.concatenate([np.concatenate(node.state.point, axis=1) for node in found.nodes.nodes])
    np.testing.assert_allclose(rows, expected, rtol=0, atol=1e-11 * np.abs(expected).max())


@pytest.mark.parametrize("drop", [0.0, 0.3])
def test_the_ledger_holds_at_every_event(drop):
    """t + Σ ρ − Σ ρ̃ = u of each node that has stepped, ρ̃ as it was then; and so over the network."""
    problem, topology = quadratic(NODES, samples=32), GRAPHS["directed"]
    simulation, *_ = simulated(problem, topology, unequal_start(problem, variables="xyz"), drop=drop)
    pushed = [edges.own_push for edges in node_edges(topology, range(NODES))]
    used = [np.zeros(0)] * NODES
    for _ in range(1500):
        before = [node.state.step for node in simulation.nodes.nodes]
        had = [node.ledger.heard.mass.sum(axis=0) for node in simulation.nodes.nodes]
        simulation.handle()
        for i, node in enumerate(simulation.nodes.nodes):
            if node.state.step > before[i]:
                used[i] = had[i]
            if node.state.step:
                tracker = node.ledger.half * (pushed[i] if node.state.step > 1 else 1)
                estimate = np.concatenate([variable.U[0] for variable in node.state.variables])
                off = tracker + node.ledger.told.sum(axis=0) - used[i] - estimate
                assert np.abs(off).max() < 1e-13 * (1 + np.abs(node.ledger.told).max())


def test_the_same_events_come_again():
    problem, topology = quadratic(NODES, samples=32), GRAPHS["ring"]
    start = unequal_start(problem, variables="xyz")
    states = []
    for _ in range(2):
        simulation, *_ = simulated(problem, topology, start, drop=0.3)
        simulation.advance(600)
        states.append(simulation.nodes.state(100).point)
    for first, second in zip(*states, strict=True):
        np.testing.assert_array_equal(first, second)


def test_an_older_message_changes_nothing():
    heard = Heard.nothing(1, 2, np.dtype(float))
    newer = Message(5, 1.0, NOTHING, np.ones(2), np.full(2, 3.0))
    heard.take(0, newer, now=1.5)
    for late in (newer._replace(stamp=4, v=np.zeros(2)), newer._replace(mass=np.zeros(2))):
        heard.take(0, late, now=1.6)
    np.testing.assert_array_equal(heard.v[0], 1.0)
    np.testing.assert_array_equal(heard.mass[0], 3.0)


def test_an_edge_carries_one_message_at_a_time():
    topology = GRAPHS["ring"]
    links = SimulatedLinks(topology, LinkFigures(np.full(12, 2.0), np.full(12, 10.0), None))
    assert links.send(3, 40, now=1.0) == 1 + 2 + 4
    assert links.send(3, 40, now=2.0) is None
    links.busy[3] = False
    assert links.send(3, 40, now=8.0) == 14


def test_messages_of_a_node_leave_and_enter_its_card_one_after_another():
    """Of 40 bytes, 10 a second: the second message leaves 4 s after the first, and two to one node take 4 s each."""
    graph = nx.star_graph(2)
    topology = build(graph, 3)
    links = SimulatedLinks(topology, LinkFigures(np.zeros(4), np.full(4, np.inf), np.full(3, 10.0)))
    of = {
        pair: e for e, pair in enumerate(zip(topology.source.tolist(), topology.target.tolist(), strict=True))
    }
    assert [links.send(of[0, j], 40, now=0.0) for j in (1, 2)] == [4, 8]
    assert [links.send(of[j, 0], 40, now=10.0) for j in (1, 2)] == [14, 18]


def test_as_many_messages_are_lost_and_doubled_as_the_chances_say():
    """Copies are lost each by itself, so that of 0.3 doubled and 0.2 lost 0.7 · 0.2 + 0.3 · 0.2² never come."""
    faults = MessageFaults(0.2, 0.3, seed=1)
    drawn = [(edge, stamp) for edge in range(12) for stamp in range(500)]
    shares = {
        0.2: np.mean([faults.loses(*message) for message in drawn]),
        0.3: np.mean([faults.copies(*message) == 2 for message in drawn]),
        0.152: np.mean([faults.arriving(*message) == 0 for message in drawn]),
        0.192: np.mean([faults.arriving(*message) == 2 for message in drawn]),
    }
    for chance, share in shares.items():
        assert abs(share - chance) < 4 * np.sqrt(chance * (1 - chance) / len(drawn))


def test_a_copy_takes_its_edge_once_more_and_is_counted():
    problem, topology = quadratic(NODES, samples=32), GRAPHS["ring"]
    start = unequal_start(problem, variables="xyz")
    simulation, *_ = simulated(problem, topology, start, double=0.999)
    edge = simulation.nodes.tells(0)[0]
    heard, neighbour = [], simulation.nodes[int(topology.target[edge])]
    neighbour.ledger.hear = lambda over, message, now: over == edge and heard.append((message.stamp, now))
    while len(heard) < 2:
        simulation.handle()
    (first, at), (second, then) = heard
    assert first == second
    assert then - at == pytest.approx(0.31 + 0.017 * edge)
    assert simulation.sent_messages[edge] == 2
