"""What a simulation says of nodes that fail: a Notice, and an entry of the trace."""

from __future__ import annotations

import warnings

import numpy as np

from p2pbo.asynchronous.simulation import Simulation
from p2pbo.errors import Notice
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.checks.silence import failure_times
from p2pbo.runner.logging.logger import CollectiveLogger
from p2pbo.topology.induced_topology import induced_topology


class FailureReporter:
    """Tells of each node that fails, once; those that have failed before are known.

    Args:
        assembly: of the run.
        simulation: at its start, or where a checkpoint has left it.
        logger: records failures.
    """

    def __init__(self, assembly: Assembly, simulation: Simulation, logger: CollectiveLogger) -> None:
        self._topology, self._times = assembly.topology, failure_times(assembly.topology)
        self._simulation, self._logger = simulation, logger
        self._known: list[int] = np.flatnonzero(~simulation.living).tolist()

    def report(self, step: int) -> None:
        """Tell of the nodes that have failed since the last call, up to this step."""
        failed = np.flatnonzero(~self._simulation.living)
        for node in np.setdiff1d(failed, self._known).tolist():
            self._known.append(node)
            left = induced_topology(self._topology, self._known)
            self._logger.record_failure(step, node, left.gap)
            pieces = len(left.components)
            parts = "" if pieces == 1 else f", and the others fall into {pieces} parts"
            who = f"node {self._topology.edges.display_name(node)} has failed after {self._times[node]:g} s{parts}"
            warnings.warn(f"{who}; rows are now of the nodes that live", Notice, stacklevel=2)
