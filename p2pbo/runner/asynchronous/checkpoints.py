"""Checkpoints of asynchronous nodes: beside what runs in rounds keep, what nodes know and what is on its way.

In a simulation all events are kept, so that it goes on bit for bit. On ranks what is on its way is lost: ledgers hold
without it, and stamps count a further incarnation.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms import State
from p2pbo.asynchronous.rank_nodes import RankNodes
from p2pbo.asynchronous.simulation import Simulation
from p2pbo.network import CheckpointRows, Network
from p2pbo.runner.logging.metrics import StepTimer
from p2pbo.trace.checkpoint import Checkpoint

GROUP = "asynchronous"


def running_rows(running: Simulation | RankNodes) -> list[CheckpointRows]:
    """Return the rows that a checkpoint has of asynchronous nodes, beside their states."""
    return [rows.under(GROUP) for rows in running.checkpoint_rows()]


def count_traffic(running: Simulation | RankNodes, network: Network) -> None:
    """Tell the network what has been sent so far."""
    edges = network.plan.edges
    network.traffic.restore(running.sent_bytes[edges], running.sent_messages[edges], running.crossed)


def go_on(
    running: Simulation | RankNodes, state: State, network: Network, timer: StepTimer, checkpoint: Checkpoint
) -> None:
    """Let nodes go on from their state at a checkpoint, once network and timer have been restored."""

    def read(name: str, index: NDArray[np.int64]) -> NDArray[Any]:
        return checkpoint.rows(f"{GROUP}/{name}", index)

    edges = network.plan.edges
    running.sent_bytes[edges], running.sent_messages[edges] = network.edge_bytes, network.edge_messages
    running.crossed[:] = network.traffic.crossed
    if isinstance(running, Simulation):
        assert network.clock is not None  # its nodes compute
        running.restore(state, network.clock.now, read)
    else:
        running.restore(state, timer.wall, read)
