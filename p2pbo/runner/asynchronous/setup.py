"""The simulation of a run's asynchronous nodes, each with oracles and draws of its own."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from p2pbo.algorithms import ComposedAlgorithm, Sampler
from p2pbo.asynchronous.links import AsynchronousLinks
from p2pbo.asynchronous.node import AsynchronousNode
from p2pbo.asynchronous.node_edges import node_edges
from p2pbo.asynchronous.simulation import ComputeSeconds, Simulation
from p2pbo.config import Description
from p2pbo.network import parse_compute_time
from p2pbo.network.clock.link_clock import link_figures, speeds
from p2pbo.runner.assembly import Assembly
from p2pbo.topology import Topology

REMEMBERED_STEPS = 4096
"""The steps of which drawn computing times are kept; of a node that is further behind they are drawn anew."""


def simulation(assembly: Assembly) -> Simulation:
    """Return the simulation of a run that :func:`check_asynchronous` has let pass."""
    described, topology, algorithm = assembly.description, assembly.topology, assembly.algorithm
    assert isinstance(algorithm, ComposedAlgorithm)
    edges, (*point,) = node_edges(topology), assembly.start().point
    nodes = []
    for i in range(topology.nodes):
        oracles = assembly.problem.host(range(i, i + 1), np.dtype(described.dtype), described.device)
        sampler = Sampler(described.seed, range(i, i + 1), oracles, described.sampling)
        start = tuple(V[i : i + 1].copy() for V in point)
        nodes.append(AsynchronousNode(algorithm, start, edges[i], oracles, sampler, described.steps))
    said = described.topology
    figures = link_figures(topology, said.latency, said.bandwidth, said.node_bandwidth)
    links = AsynchronousLinks(topology, figures, described.links.drop, described.seed)
    return Simulation(nodes, edges, links, topology.target, _seconds(described, topology))


def _seconds(description: Description, topology: Topology) -> ComputeSeconds:
    assert description.compute_time is not None  # checked
    time = parse_compute_time(description.compute_time)
    assert time is not None  # checked: not measured
    speed = speeds(topology)

    @lru_cache(REMEMBERED_STEPS)
    def of_step(step: int) -> np.ndarray:
        return time.of_step(step, topology.nodes, description.seed) / speed

    return lambda step, node: float(of_step(step)[node])
