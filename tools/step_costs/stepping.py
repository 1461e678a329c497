"""A method that is ready to step, without a runner around it: in rounds, or node by node where it has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms import ALGORITHMS, Algorithm, ComposedAlgorithm, RunContext, Sampler
from p2pbo.asynchronous.hosted_nodes import HostedNodes
from p2pbo.asynchronous.message_faults import MessageFaults
from p2pbo.asynchronous.node import AsynchronousNode
from p2pbo.asynchronous.node_edges import node_edges
from p2pbo.asynchronous.simulated_links import SimulatedLinks
from p2pbo.asynchronous.simulation import Simulation
from p2pbo.network import Network
from p2pbo.network.clock.link_clock import LinkFigures
from p2pbo.problems import Oracles, Problem
from p2pbo.topology import Topology

Host = Callable[[range], Oracles]
"""A function that returns the oracles of some nodes."""

STEPS = 1000
"""The steps of the run that methods think they are in."""


class SteppingMethod(Protocol):
    """A method from zeros, all nodes at once.

    Attributes:
        algorithm: the method for this problem.
    """

    algorithm: Algorithm

    def restart(self) -> None:
        """Go back to the start."""

    def step(self) -> None:
        """Take a step of every node."""

    @property
    def sent(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """What each directed edge has carried so far: bytes, and messages."""


def stepping(
    problem: Problem, host: Host, topology: Topology, name: str, settings: Mapping[str, Any]
) -> SteppingMethod:
    """Return a method on a topology."""
    if ALGORITHMS.make(name).asynchronous(settings):
        return AsynchronousStepping(problem, host, topology, name, settings)
    return Stepping(problem, host(range(topology.nodes)), Network(topology), name, settings)


class Stepping:
    """A method in rounds on a network, from zeros.

    Attributes:
        algorithm: the method for this problem.
        state: where it is; the state before a step stays as it is.
    """

    def __init__(
        self, problem: Problem, oracles: Oracles, network: Network, name: str, settings: Mapping[str, Any]
    ) -> None:
        self._problem, self._network, self._oracles = problem, network, oracles
        self.algorithm = _assembled(problem, name, settings)
        self._sampler = Sampler(0, network.hosted, oracles)
        self.restart()

    def restart(self) -> None:
        """Go back to the start."""
        hosted, dtype = len(self._network.hosted), self._network.dtype
        zeros = (np.zeros((hosted, self._problem.size(v)), dtype) for v in self.algorithm.variables)
        self.state = self.algorithm.start(tuple(zeros))

    def step(self) -> None:
        """Take a step."""
        self.state = self.algorithm.step(self.state, self._network, self._oracles, self._sampler)

    @property
    def sent(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """What each directed edge has carried so far: bytes, and messages."""
        return self._network.edge_bytes.copy(), self._network.edge_messages.copy()


class AsynchronousStepping:
    """A method without rounds, from zeros: all nodes compute for a second, and messages take no time.

    Attributes:
        algorithm: the method for this problem.
    """

    def __init__(
        self, problem: Problem, host: Host, topology: Topology, name: str, settings: Mapping[str, Any]
    ) -> None:
        self.algorithm = _assembled(problem, name, settings)
        self._problem, self._topology = problem, topology
        self._oracles = [host(range(i, i + 1)) for i in range(topology.nodes)]
        self.restart()

    def restart(self) -> None:
        """Go back to the start."""
        topology, all_nodes = self._topology, range(self._topology.nodes)
        edges = node_edges(topology, all_nodes)
        assert isinstance(self.algorithm, ComposedAlgorithm)  # others have rounds
        start = tuple(np.zeros((1, self._problem.size(v))) for v in self.algorithm.variables)
        nodes = [
            AsynchronousNode(self.algorithm, start, edges[i], own, Sampler(0, range(i, i + 1), own), STEPS)
            for i, own in enumerate(self._oracles)
        ]
        latency = np.zeros(len(topology.source))
        links = SimulatedLinks(topology, LinkFigures(latency, latency + np.inf, None))
        hosted = HostedNodes(all_nodes, nodes, edges)
        self._simulation = Simulation(hosted, links, MessageFaults(), topology.target, lambda step, node: 1.0)

    def step(self) -> None:
        """Take a step of every node."""
        self._simulation.advance(self._simulation.steps + self._topology.nodes)

    @property
    def sent(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """What each directed edge has carried so far: bytes, and messages."""
        return self._simulation.sent_bytes.copy(), self._simulation.sent_messages.copy()


def _assembled(problem: Problem, name: str, settings: Mapping[str, Any]) -> Algorithm:
    method = ALGORITHMS.make(name).on(name, problem.lower_level)
    return method.assemble(method.check(name, settings), RunContext(problem, STEPS))
