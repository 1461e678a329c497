"""The asynchronous nodes of a run, simulated or of one rank, each with oracles and draws of its own."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from p2pbo.algorithms import ComposedAlgorithm, Sampler
from p2pbo.asynchronous.failures import Failures
from p2pbo.asynchronous.hosted_nodes import HostedNodes
from p2pbo.asynchronous.message_faults import MessageFaults
from p2pbo.asynchronous.node import AsynchronousNode
from p2pbo.asynchronous.node_edges import node_edges
from p2pbo.asynchronous.rank_links import RankLinks
from p2pbo.asynchronous.rank_nodes import RankNodes
from p2pbo.asynchronous.simulated_links import SimulatedLinks
from p2pbo.asynchronous.simulation import ComputeSeconds, Simulation
from p2pbo.asynchronous.start_times import start_times
from p2pbo.asynchronous.wire import MessageFormat
from p2pbo.config import Description
from p2pbo.config.interval import duration_or_never
from p2pbo.network import Network, parse_compute_time
from p2pbo.network.clock.link_clock import link_figures, speeds
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.asynchronous.observed import ObservedLinks, observed_seconds
from p2pbo.runner.checks.silence import failure_times
from p2pbo.runner.timeline.timeline import Timeline
from p2pbo.topology import Topology

REMEMBERED_STEPS = 4096
"""The steps of which drawn computing times are kept; of a node that is further behind they are drawn anew."""


def hosted_nodes(assembly: Assembly) -> HostedNodes:
    """Return the hosted nodes of a run, each at its start."""
    described, algorithm = assembly.description, assembly.algorithm
    assert isinstance(algorithm, ComposedAlgorithm)  # checked
    edges, nodes = node_edges(assembly.topology, assembly.hosted), []
    rows = zip(*assembly.start().point, strict=True)
    for i, own, start in zip(assembly.hosted, edges, rows, strict=True):
        oracles = assembly.problem.host(range(i, i + 1), np.dtype(described.dtype), described.device)
        oracles.draw_by_keys(assembly.oracles.random)
        if assembly.oracles.cost is not None:
            oracles.cost = assembly.oracles.cost.of(i - assembly.hosted.start)
        sampler = Sampler(described.seed, range(i, i + 1), oracles, described.sampling)
        point = tuple(V[None].copy() for V in start)
        parts = algorithm, point, own, oracles, sampler, described.steps
        nodes.append(AsynchronousNode(*parts, duration_or_never(described.silent_after)))
    return HostedNodes(assembly.hosted, nodes, edges)


def message_faults(description: Description) -> MessageFaults:
    """Return what may happen to messages."""
    return MessageFaults(description.links.drop, description.links.double, description.seed)


def simulation(assembly: Assembly, timeline: Timeline) -> Simulation:
    """Return the simulation of a run that :func:`check_asynchronous` has let pass; the timeline observes it."""
    described, topology = assembly.description, assembly.topology
    said = described.topology
    figures = link_figures(topology, said.latency, said.bandwidth, said.node_bandwidth)
    links, seconds = SimulatedLinks(topology, figures), _seconds(described, topology)
    starts = start_times(np.array([seconds(0, node) for node in range(topology.nodes)]), described.seed)
    if timeline.on_sent is not None:
        links = ObservedLinks(topology, figures, timeline.on_sent)
    if timeline.on_computed is not None:
        seconds = observed_seconds(seconds, timeline.on_computed, lambda: made.now)
    made = Simulation(
        hosted_nodes(assembly),
        links,
        message_faults(described),
        topology.target,
        seconds,
        Failures(failure_times(topology), np.full(len(topology.source), math.inf)),
        starts,
    )
    return made


def rank_nodes(assembly: Assembly, network: Network) -> RankNodes:
    """Return the nodes of one of several ranks; called by all of them."""
    described, topology, comm = assembly.description, assembly.topology, network.ranks.comm
    assert comm is not None  # several
    nodes = hosted_nodes(assembly)
    what = f"{assembly.algorithm.variables} of asynchronous nodes, {topology.digest()}"
    message_format = MessageFormat(what, nodes.nodes[0].width, network.dtype, described.checksum == "on")
    links = RankLinks(topology, network.placement, comm.Dup(), message_format)
    yields = network.ranks.patience() == 0
    rest = topology.target, message_faults(described), yields, duration_or_never(described.silent_after)
    return RankNodes(nodes, links, *rest)


def asynchronous_nodes(
    assembly: Assembly, network: Network, timeline: Timeline
) -> Simulation | RankNodes | None:
    """Return the nodes of a run that :func:`check_asynchronous` has let pass; None: they go round by round."""
    if assembly.description.asynchronous == "off":
        return None
    return simulation(assembly, timeline) if network.ranks.size == 1 else rank_nodes(assembly, network)


def _seconds(description: Description, topology: Topology) -> ComputeSeconds:
    assert description.compute_time is not None  # checked
    time = parse_compute_time(description.compute_time)
    assert time is not None  # checked: not measured
    speed = speeds(topology)

    @lru_cache(REMEMBERED_STEPS)
    def of_step(step: int) -> np.ndarray:
        return time.of_step(step, topology.nodes, description.seed) / speed

    return lambda step, node: float(of_step(step)[node])
