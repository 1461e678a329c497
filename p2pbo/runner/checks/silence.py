"""Checks of runs whose asynchronous nodes may fail or fall silent, and of what then drops their edges."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from p2pbo.config import Description
from p2pbo.config.interval import parse_duration
from p2pbo.errors import InputError
from p2pbo.network import parse_compute_time
from p2pbo.network.clock.figures import node_figures
from p2pbo.network.clock.link_clock import link_figures, speeds
from p2pbo.topology import Topology

FAILS_AT = "fails_at"
"""The attribute of nodes that fail: the modelled seconds after which a node takes no step and sends nothing."""


def failure_times(topology: Topology) -> NDArray[np.float64]:
    """Return when each node of a simulation fails, in seconds, (K,); infinite: never.

    Raises:
        InputError: a time is no positive number.
    """
    remedy = "give the seconds after which the node is to fail, or leave it out"
    return node_figures(topology, FAILS_AT, math.inf, remedy)


def nodes_fail(topology: Topology) -> bool:
    """Tell whether any node is to fail."""
    return bool(np.isfinite(failure_times(topology)).any())


def check_nobody_fails(topology: Topology, cause: str, remedy: str) -> None:
    """Check that no node is to fail, and tell otherwise why none can.

    Raises:
        InputError: a node is.
    """
    times = failure_times(topology)
    for node in np.flatnonzero(np.isfinite(times)).tolist():
        who = f"{FAILS_AT} {times[node]:g} of node {topology.edges.display_name(node)}"
        raise InputError(who, f"lets a node fail, and {cause}", f"leave it out, or {remedy}")


def check_silence(description: Description, topology: Topology, ranks: int, payload: int) -> None:
    """Check what asynchronous nodes do without neighbours that fail or fall silent; a message has ``payload`` bytes.

    Raises:
        InputError: they cannot go on without them, or would drop neighbours that live.
    """
    if ranks > 1:
        cause, remedy = "ranks have no modelled time", "start one process, without mpiexec or srun"
        check_nobody_fails(topology, cause, remedy)
    if topology.directed:
        check_nobody_fails(topology, "on directed graphs no edge is dropped", "use --undirected")
    if np.isfinite(failure_times(topology)).all():
        check_nobody_fails(topology, "so do all others", "let one live")
    if description.silent_after is not None:
        _check_patience(description, description.silent_after, topology, ranks, payload)


def _check_patience(
    description: Description, silent_after: str, topology: Topology, ranks: int, payload: int
) -> None:
    subject = f"--silent-after {silent_after}"
    if topology.directed:
        cause = f"needs both ends of an edge to hear each other, and topology {topology.name} is directed"
        raise InputError(subject, cause, "leave it out, or use --undirected (in Python undirected=True)")
    stalled = description.stall_timeout
    if ranks > 1 and 0 < stalled <= parse_duration(silent_after):
        cause = f"is over when a rank that hangs has ended all as stalled, after --stall-timeout {stalled:g}"
        raise InputError(subject, cause, "give less, or a longer --stall-timeout")
    answers = _answer_seconds(description, topology, payload) if ranks == 1 else np.zeros(0)
    if answers.size and parse_duration(silent_after) <= answers.max():
        worst = int(answers.argmax())
        ends = int(topology.source[worst]), int(topology.target[worst])
        names, takes = " and ".join(map(topology.edges.display_name, ends)), float(answers[worst])
        cause = f"is over before nodes {names} can have answered each other, which takes {takes:.3g} s"
        raise InputError(subject, cause, f"give several times as much, such as {math.ceil(5 * takes)}s")


def _answer_seconds(description: Description, topology: Topology, payload: int) -> NDArray[np.float64]:
    """Return how long a first word over each edge and its answer may take.

    Its sender begins up to a step late (``start_times``), both ends compute, and both are on their way.
    """
    said = description.topology
    time = parse_compute_time(description.compute_time or "")
    assert time is not None  # checked
    computing = time.median / speeds(topology)
    links = link_figures(topology, said.latency, said.bandwidth, said.node_bandwidth)
    way = links.latency + payload / links.bandwidth
    return 2 * computing[topology.source] + computing[topology.target] + 2 * way
