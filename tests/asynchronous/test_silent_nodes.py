"""Nodes and links that fall silent leave the others at a solution of their own, and every ledger holds."""

import math

import numpy as np
import pytest
from dense_nodes import DenseNodes, Draws
from stepping import assembled, quadratic

from p2pbo.algorithms import Sampler
from p2pbo.asynchronous.failures import Failures
from p2pbo.asynchronous.hosted_nodes import HostedNodes
from p2pbo.asynchronous.message_faults import MessageFaults
from p2pbo.asynchronous.node import AsynchronousNode
from p2pbo.asynchronous.node_edges import node_edges
from p2pbo.asynchronous.simulated_links import SimulatedLinks
from p2pbo.asynchronous.simulation import Simulation
from p2pbo.network.clock.link_clock import LinkFigures
from p2pbo.topology import build

RING, SMALL = build("ring", 8), build("ring", 5)
SILENT_AFTER, FAILS_AT = 12.0, 40.3


def unequal(topology):
    return quadratic(topology.nodes, heterogeneity=1.0)


def simulated(problem, topology, failures=None, silent_after=SILENT_AFTER, seconds=None, faults=None):
    steps = dict.fromkeys(("alpha", "beta", "gamma"), 0.8) | {"theta": 1.0, "radius": "off", "batch": "all"}
    method = assembled(problem, "sparkle-gt", steps=10**6, **steps)
    edges, nodes = node_edges(topology, range(topology.nodes)), []
    for i in range(topology.nodes):
        oracles = problem.host(range(i, i + 1), np.dtype(float))
        start = tuple(problem.start(name, range(i, i + 1)).copy() for name in method.variables)
        own = method, start, edges[i], oracles, Sampler(0, range(i, i + 1), oracles)
        nodes.append(AsynchronousNode(*own, 10**6, silent_after))
    late = np.full(len(topology.source), 0.3)
    links = SimulatedLinks(topology, LinkFigures(late, np.full(len(late), np.inf), None))
    hosted = HostedNodes(range(topology.nodes), nodes, edges)
    rest = seconds or durations, failures
    return Simulation(hosted, links, faults or MessageFaults(), topology.target, *rest)


def durations(step, node):
    return 1 + 0.013 * node


def failing(topology, nodes=(), links=()):
    """Nodes, and links in the direction i → j, that fail at ``FAILS_AT``."""
    failures = Failures.never(topology.nodes, len(topology.source))
    failures.nodes[list(nodes)] = FAILS_AT
    for i, j in links:
        failures.edges[(topology.source == i) & (topology.target == j)] = FAILS_AT
    return failures


def solution(problem, nodes):
    """x, y and z at which the directions of these nodes sum to 0: affine maps, probed entry by entry."""
    dense, every = DenseNodes(problem, 1.0, 1), slice(None)
    dims = [problem.size(name) for name in "xyz"]

    def directions(point):
        K = len(problem.nodes)
        rows = [np.tile(part, (K, 1)) for part in np.split(point, np.cumsum(dims)[:-1])]
        found = dense.tracked(*rows, [Draws(every, every, every, [])] * K)
        return np.concatenate([V[nodes].sum(axis=0) for V in found])

    zero = np.zeros(sum(dims))
    matrix = np.stack([directions(unit) - directions(zero) for unit in np.eye(len(zero))], axis=1)
    return np.linalg.solve(matrix, -directions(zero))


def states(simulation, nodes):
    return [np.concatenate([V[0] for V in simulation.nodes[node].state.point]) for node in nodes]


def assert_at_solution(problem, simulation, nodes):
    expected = solution(problem, nodes)
    for found in states(simulation, nodes):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def drops(simulation, topology, node):
    """The neighbour of each edge that a node has dropped, and why."""
    own, hears = simulation.nodes[node].ledger.dropped, simulation.nodes.edges[node].hears
    return {int(topology.source[hears[drop.place]]): drop.cause for drop in own}


SILENT, DEAF, TOLD = "which has been silent", "which hears nothing of it", "which has dropped it"


def test_when_a_node_fails_the_others_end_at_their_own_solution():
    problem = unequal(RING)
    simulation = simulated(problem, RING, failing(RING, nodes=[3]))
    simulation.advance(RING.nodes * 2700)
    assert not simulation.living[3]
    assert simulation.nodes.steps[3] == math.floor(FAILS_AT / durations(0, 3))
    found = [drops(simulation, RING, node) for node in range(8)]
    assert found == [{}, {}, {3: SILENT}, {}, {3: SILENT}, {}, {}, {}]
    living = [node for node in range(8) if node != 3]
    assert_at_solution(problem, simulation, living)
    assert np.abs(solution(problem, living) - solution(problem, list(range(8)))).max() > 1e-2


def test_without_a_limit_the_others_end_elsewhere():
    problem = unequal(SMALL)
    simulation = simulated(problem, SMALL, failing(SMALL, nodes=[3]), silent_after=math.inf)
    simulation.advance(SMALL.nodes * 400)
    expected = solution(problem, [0, 1, 2, 4])
    assert min(np.abs(found - expected).max() for found in states(simulation, [0, 1, 2, 4])) > 1e-2


def test_a_link_that_is_dead_in_one_direction_is_dropped_at_both_ends():
    problem = unequal(SMALL)
    simulation = simulated(problem, SMALL, failing(SMALL, links=[(3, 4)]))
    simulation.advance(SMALL.nodes * 1800)
    assert [drops(simulation, SMALL, node) for node in range(5)] == [{}, {}, {}, {4: TOLD}, {3: SILENT}]
    assert_at_solution(problem, simulation, list(range(5)))


def test_its_sender_sees_that_nobody_hears_it():
    """Where the receiver has more patience, its echoes tell the sender, whose own word is lost on the link."""
    simulation = simulated(unequal(SMALL), SMALL, failing(SMALL, links=[(3, 4)]))
    simulation.nodes[4].ledger._silent_after = math.inf
    simulation.advance(SMALL.nodes * 100)
    assert [drops(simulation, SMALL, node) for node in (3, 4)] == [{4: DEAF}, {}]


def test_a_node_that_is_silent_for_long_and_comes_back_goes_on_alone():
    problem = unequal(SMALL)

    def seconds(step, node):
        return 60.0 if (step, node) == (40, 3) else durations(step, node)

    simulation = simulated(problem, SMALL, seconds=seconds)
    simulation.advance(SMALL.nodes * 1300)
    found = [drops(simulation, SMALL, node) for node in range(5)]
    assert found == [{}, {}, {3: SILENT}, {2: TOLD, 4: TOLD}, {3: SILENT}]
    assert_at_solution(problem, simulation, [0, 1, 2, 4])
    assert_at_solution(problem, simulation, [3])


@pytest.mark.parametrize("faults", [MessageFaults(), MessageFaults(0.2, 0.2, seed=3)], ids=["sure", "lossy"])
@pytest.mark.parametrize(
    "failures", [failing(RING, nodes=[3, 6]), failing(RING, links=[(3, 4), (0, 7)])], ids=["nodes", "links"]
)
def test_every_ledger_holds_at_every_event(failures, faults):
    """t + Σ ρ − Σ ρ̃ = u over the edges that a node keeps, whenever it has stepped; both ends drop an edge, or none."""
    simulation, edges = simulated(unequal(RING), RING, failures, faults=faults), node_edges(RING, range(8))
    while simulation.now < 3 * FAILS_AT:
        before = simulation.nodes.steps
        simulation.handle()
        for node in np.flatnonzero(simulation.nodes.steps > before).tolist():
            ledger, variables = simulation.nodes[node].ledger, simulation.nodes[node].state.variables
            lost = [drop.place for drop in ledger.dropped]
            share = edges[node].own_push + edges[node].push[lost].sum() if before[node] else 1.0
            off = share * ledger.half + ledger.told.sum(axis=0) - ledger.heard.mass.sum(axis=0)
            off -= np.concatenate([variable.U[0] for variable in variables])
            assert np.abs(off).max() < 1e-13 * (1 + np.abs(ledger.told).max())
            assert not ledger.told[lost].any()
            assert not ledger.heard.mass[lost].any()
    dropped = {(i, j) for i in range(8) for j in drops(simulation, RING, i) if simulation.living[j]}
    assert dropped == {(j, i) for i, j in dropped if simulation.living[i]}
    assert sum(len(drops(simulation, RING, node)) for node in range(8)) == 4
