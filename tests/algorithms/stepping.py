"""p2pbo's side of a comparison: a method assembled for a problem, stepped over a ring in this process."""

import numpy as np

from p2pbo.algorithms import ALGORITHMS, RunContext, Sampler
from p2pbo.asynchronous.hosted_nodes import HostedNodes
from p2pbo.asynchronous.message_faults import MessageFaults
from p2pbo.asynchronous.node import AsynchronousNode
from p2pbo.asynchronous.node_edges import node_edges
from p2pbo.asynchronous.simulated_links import SimulatedLinks
from p2pbo.asynchronous.simulation import Simulation
from p2pbo.network import Network
from p2pbo.network.clock.link_clock import LinkFigures
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.topology import build

NODES = 8


def quadratic(nodes=NODES, seed=0, lower_level="shared", **options):
    return PROBLEMS.make("quadratic", ProblemContext(nodes, seed, lower_level=lower_level), **options)


def assembled(problem, algorithm="mdbo", steps=50, **settings):
    preset = ALGORITHMS.make(algorithm).on(algorithm, problem.lower_level)
    return preset.assemble(preset.check(algorithm, settings), RunContext(problem, steps))


def oracles_and_sampler(problem, seed=0):
    hosted = range(len(problem.nodes))
    oracles = problem.host(hosted, np.dtype(np.float64))
    return oracles, Sampler(seed, hosted, oracles)


def unequal_start(problem, seed=0, variables="xy"):
    """Every node somewhere else, so that agreement has to come from mixing."""
    draw = np.random.default_rng(seed)
    return tuple(draw.standard_normal((len(problem.nodes), problem.size(name))) for name in variables)


def states(problem, method, steps, start, seed=0, topology="ring", network=None):
    """The states 0, 1, …, ``steps``."""
    oracles, sampler = oracles_and_sampler(problem, seed)
    network = network or Network(build(topology, len(problem.nodes)))
    state = method.start(start)
    yield state
    for _ in range(steps):
        state = method.step(state, network, oracles, sampler)
        yield state


def waiting_for_nobody(problem, method, steps, start, seed=0, topology="ring", begins=None):
    """The simulation of a method without rounds, whose nodes compute for a second each; messages take no time.

    ``begins``: when each node does; None: all at once, and so in step for ever.
    """
    graph = build(topology, len(problem.nodes))
    edges, nodes = node_edges(graph, range(graph.nodes)), []
    for i in range(graph.nodes):
        oracles = problem.host(range(i, i + 1), np.dtype(np.float64))
        own, sampler = tuple(V[i : i + 1] for V in start), Sampler(seed, range(i, i + 1), oracles)
        nodes.append(AsynchronousNode(method, own, edges[i], oracles, sampler, steps))
    at_once = LinkFigures(np.zeros(len(graph.source)), np.full(len(graph.source), np.inf), None)
    hosted, links = HostedNodes(range(graph.nodes), nodes, edges), SimulatedLinks(graph, at_once)
    return Simulation(hosted, links, MessageFaults(), graph.target, lambda step, node: 1.0, starts=begins)


def final(problem, method, steps, start, seed=0, topology="ring", network=None, begins=None):
    """(X, Y) after the last step."""
    if method.asynchronous:
        simulation = waiting_for_nobody(problem, method, steps, start, seed, topology, begins)
        simulation.advance(steps * len(problem.nodes))
        return simulation.nodes.state(steps).point
    *_, last = states(problem, method, steps, start, seed, topology, network)
    return last.point


def masks(method, q, point):
    """1 for the entries that p2pbo says nodes work on in round q, else 0: what both sides of a comparison share."""
    rows = [np.ones_like(V) for V in point]
    for k, submodel in enumerate(method.submodels.round(q, range(len(rows[0])), point).submodels or ()):
        for V, cut in zip(rows, submodel, strict=True):
            V[k] = np.isin(np.arange(V.shape[1]), cut.entries)
    return rows


def assert_close(found, expected, relative=1e-12):
    """Rows agree to ``relative`` of the largest entry."""
    for rows, reference in zip(found, expected, strict=True):
        np.testing.assert_allclose(rows, reference, rtol=0, atol=relative * np.abs(reference).max())
