"""Observers of a simulation, which is the same with and without them: of what nodes compute, and what links carry."""

from __future__ import annotations

from collections.abc import Callable

from p2pbo.asynchronous.simulated_links import SimulatedLinks
from p2pbo.asynchronous.simulation import ComputeSeconds
from p2pbo.network.clock.link_clock import LinkFigures
from p2pbo.runner.timeline.timeline import ComputeObserver, SendObserver
from p2pbo.topology import Topology


def observed_seconds(
    seconds: ComputeSeconds, observe: ComputeObserver, now: Callable[[], float]
) -> ComputeSeconds:
    """Return the same seconds; when those of a further step are asked for, the node has just taken the one before.

    ``now`` tells the time of the simulation.
    """

    def told(step: int, node: int) -> float:
        if step > 0:
            observe(node, step, now() - seconds(step - 1, node), now())
        return seconds(step, node)

    return told


class ObservedLinks(SimulatedLinks):
    """Links that tell of each message.

    Args:
        topology, figures: as of all links.
        observe: is told.
    """

    def __init__(self, topology: Topology, figures: LinkFigures, observe: SendObserver) -> None:
        super().__init__(topology, figures)
        self._observe = observe

    def send(self, edge: int, size: int, now: float) -> float | None:
        """Send a message, and tell of it, if the edge is free."""
        arrives = super().send(edge, size, now)
        if arrives is not None:
            self._observe(edge, size, now, arrives)
        return arrives
