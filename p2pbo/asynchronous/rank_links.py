"""The edges of one rank's asynchronous nodes to those of other ranks: sent and received without waiting.

Sends are synchronous and nonblocking: one is done when it has been received. So beside a rank that does not receive an
edge holds one message, and what its node would send meanwhile is left to the next one. Every edge has one receive that
is always open.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from p2pbo.arrays import Wire
from p2pbo.asynchronous.messages import Message
from p2pbo.asynchronous.wire import MessageFormat
from p2pbo.network.placement import Placement
from p2pbo.network.wire.header import PeerError
from p2pbo.topology import Topology

if TYPE_CHECKING:
    from mpi4py import MPI

Hear = Callable[[int, Message], None]
"""A function (edge, message) that takes a message into the node at which the edge ends."""


class RemoteEdge:
    """A directed edge to or from another rank: a buffer, and the request that sends or fills it."""

    def __init__(self, edge: int, rank: int, buffer: Wire, request: MPI.Prequest) -> None:
        self.edge, self.rank, self.buffer, self.request = edge, rank, buffer, request

    def done(self) -> bool:
        """Tell whether the buffer is free: its message has been received.

        Raises:
            PeerError: it cannot be; names the rank.
        """
        try:
            return bool(self.request.Test())
        except Exception as error:
            raise PeerError(f"the edge with rank {self.rank} failed: {error}") from error


class RankLinks:
    """All edges between this rank's nodes and those of others; a tag is an edge.

    Args:
        topology: its directed edges.
        placement: of the nodes on ranks.
        comm: of these messages alone.
        message_format: of all of them.
    """

    def __init__(
        self, topology: Topology, placement: Placement, comm: MPI.Intracomm, message_format: MessageFormat
    ) -> None:
        self._format, self._comm = message_format, comm
        ends = [placement.rank_of(nodes) for nodes in (topology.source, topology.target)]
        sources, targets = ends
        leaving = np.flatnonzero((sources == comm.rank) & (targets != comm.rank))
        arriving = np.flatnonzero((targets == comm.rank) & (sources != comm.rank))
        self._sends = {edge.edge: edge for edge in self._planned(leaving, targets, comm.Ssend_init)}
        self._receives: dict[int, list[RemoteEdge]] = {}
        for edge in self._planned(arriving, sources, comm.Recv_init):
            edge.request.Start()
            self._receives.setdefault(int(topology.target[edge.edge]), []).append(edge)

    def _planned(self, edges: Any, ranks: Any, plan: Callable[..., Any]) -> Iterable[RemoteEdge]:
        for edge in edges.tolist():
            rank, buffer = int(ranks[edge]), self._format.buffer()
            yield RemoteEdge(edge, rank, buffer, plan(buffer, rank, edge))

    def receive(self, node: int, hear: Hear) -> None:
        """Hand over what has come for a node since the last call."""
        for edge in self._receives.get(node, ()):
            while edge.done():
                hear(edge.edge, self._format.read(edge.buffer, edge.rank))
                edge.request.Start()

    def send(self, edge: int, message: Message) -> bool:
        """Send a message, unless the one before has not been received; tell whether it is sent."""
        sending = self._sends[edge]
        if not sending.done():
            return False
        self._format.write(message, sending.buffer)
        sending.request.Start()
        return True

    @property
    def on_their_way(self) -> int:
        """The number of messages that have been sent and not received."""
        return sum(not edge.done() for edge in self._sends.values())

    def meet(self) -> None:
        """Wait for all ranks; called by all of them."""
        self._comm.Barrier()

    def close(self, hear: Hear) -> None:
        """Receive until no message is on its way between any ranks, and free all; called by all ranks."""
        everybody: Any = None
        while everybody is None or not everybody.Test():
            for node in self._receives:
                self.receive(node, hear)
            if everybody is None and not self.on_their_way:
                everybody = self._comm.Ibarrier()
            os.sched_yield()
        for edges in self._receives.values():
            for edge in edges:
                edge.request.Cancel()
                edge.request.Wait()
        for edge in [*self._sends.values(), *(e for edges in self._receives.values() for e in edges)]:
            edge.request.Free()
        self._comm.Free()
