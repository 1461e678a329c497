"""The simulated links of asynchronous nodes: when what is sent arrives.

arrival = out + latency + bytes / bandwidth        out: when the message has left its sender's card
An edge carries one message at a time: what a node has to tell meanwhile is not sent; the next message has it.
"""

from __future__ import annotations

import numpy as np

from p2pbo.network import CheckpointRows
from p2pbo.network.clock.link_clock import LinkFigures
from p2pbo.topology import Topology


class SimulatedLinks:
    """The links of a topology, each with at most one message on its way.

    Args:
        topology: its directed edges.
        figures: of its edges and nodes; messages share a node's card one after another, out and in.
    """

    def __init__(self, topology: Topology, figures: LinkFigures) -> None:
        # fixed per run
        self._source, self._target = topology.source, topology.target
        self._latency, self._bandwidth, self._cards = figures
        # changes with every message
        self.busy = np.zeros(len(topology.source), dtype=bool)
        self._out_free, self._in_free = np.zeros((2, topology.nodes))

    def send(self, edge: int, size: int, now: float) -> float | None:
        """Send a message of ``size`` bytes; return when it arrives, None where the edge is not free yet."""
        if self.busy[edge]:
            return None
        self.busy[edge] = True
        takes = size / self._bandwidth[edge]
        if self._cards is None:
            return float(now + self._latency[edge] + takes)
        i, j = self._source[edge], self._target[edge]
        left = self._out_free[i] = max(now, self._out_free[i]) + size / self._cards[i]
        begins = max(left, now + takes) + self._latency[edge]
        self._in_free[j] = max(begins, self._in_free[j] + size / self._cards[j])
        return float(self._in_free[j])

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """Return which edges and cards are busy."""
        edges, nodes = np.arange(len(self.busy)), np.arange(len(self._out_free))
        return [
            CheckpointRows("busy", "edge", edges, self.busy),
            CheckpointRows("out_free", "node", nodes, self._out_free),
            CheckpointRows("in_free", "node", nodes, self._in_free),
        ]
