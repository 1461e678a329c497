"""The nodes of a run over which its rows average: those of a simulation may fail."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from p2pbo.asynchronous.rank_nodes import RankNodes
from p2pbo.asynchronous.simulation import Simulation
from p2pbo.runner.logging.averaged_nodes import AveragedNodes
from p2pbo.topology import Topology


class LivingNodes(AveragedNodes):
    """The nodes of a simulation that live at the moment.

    Args:
        simulation: of all nodes.
    """

    def __init__(self, simulation: Simulation) -> None:
        super().__init__(len(simulation.nodes.nodes))
        self._simulation = simulation

    @property
    def nodes(self) -> int:
        """Their number."""
        return int(self.hosted.sum())

    @property
    def hosted(self) -> NDArray[np.bool_]:
        """Which nodes are among them."""
        return self._simulation.living


def averaged_nodes(topology: Topology, running: Simulation | RankNodes | None) -> AveragedNodes:
    """Return the nodes over which rows average, given those that are asynchronous; None: they go round by round."""
    return LivingNodes(running) if isinstance(running, Simulation) else AveragedNodes(topology.nodes)
