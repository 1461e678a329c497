"""The edges of one rank's asynchronous nodes to those of other ranks: sent and received without waiting.

Sends are synchronous and nonblocking: one is done when it has been received. So beside a rank that does not receive an
edge holds one message, and what its node would send meanwhile is left to the next one. Every edge has one receive that
is always open.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from p2pbo.arrays import Wire
from p2pbo.asynchronous.messages import Message
from p2pbo.asynchronous.node_edges import Integers
from p2pbo.asynchronous.wire import MessageFormat
from p2pbo.network.placement import Placement
from p2pbo.network.wire.header import PeerError
from p2pbo.topology import Topology

if TYPE_CHECKING:
    from mpi4py import MPI

Hear = Callable[[int, Message], None]
"""A function (edge, message) that takes a message into the node at which the edge ends."""


class RemoteEdge:
    """A directed edge to or from another rank: a buffer, and the request that sends or fills it.

    Attributes:
        busy: whether the buffer is on its way, as far as is known.
    """

    def __init__(self, edge: int, rank: int, buffer: Wire, request: MPI.Prequest) -> None:
        self.edge, self.rank, self.buffer, self.request = edge, rank, buffer, request
        self.busy = False

    def start(self) -> None:
        """Send the buffer, or let a message come into it."""
        self.busy = True
        self.request.Start()


class RemoteEdges:
    """The edges of one node to and from other ranks, which are looked at together.

    One look is one call of MPI, in which libraries give the core to others where ranks outnumber the cores.
    """

    def __init__(self, sends: Sequence[RemoteEdge], receives: Sequence[RemoteEdge]) -> None:
        self.sends, self.receives = sends, receives
        self._all = [*sends, *receives]
        self._requests = [edge.request for edge in self._all]
        for edge in receives:
            edge.start()

    def look(self) -> None:
        """Find out which messages have been received, here and by others.

        Raises:
            PeerError: an edge has failed; names the ranks.
        """
        try:
            done = self._requests[0].Testsome(self._requests)
        except Exception as error:
            ranks = ", ".join(str(rank) for rank in sorted({edge.rank for edge in self._all}))
            raise PeerError(f"an edge with one of the ranks {ranks} failed: {error}") from error
        for place in done or ():
            self._all[place].busy = False

    def free(self) -> None:
        """Free all requests; nothing comes any more."""
        for edge in self.receives:
            if edge.busy:
                edge.request.Cancel()
                edge.request.Wait()
        for request in self._requests:
            request.Free()


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
        sources, targets = (placement.rank_of(nodes) for nodes in (topology.source, topology.target))
        leaving = np.flatnonzero((sources == comm.rank) & (targets != comm.rank))
        arriving = np.flatnonzero((targets == comm.rank) & (sources != comm.rank))
        sends = [self._planned(edge, targets, comm.Ssend_init) for edge in leaving.tolist()]
        receives = [self._planned(edge, sources, comm.Recv_init) for edge in arriving.tolist()]
        self._sends = {edge.edge: edge for edge in sends}
        self._of_nodes = {
            node: RemoteEdges(
                [edge for edge in sends if topology.source[edge.edge] == node],
                [edge for edge in receives if topology.target[edge.edge] == node],
            )
            for node in {*topology.source[leaving].tolist(), *topology.target[arriving].tolist()}
        }

    def _planned(self, edge: int, ranks: Integers, plan: Callable[..., Any]) -> RemoteEdge:
        rank, buffer = int(ranks[edge]), self._format.buffer()
        return RemoteEdge(edge, rank, buffer, plan(buffer, rank, edge))

    @property
    def threads(self) -> bool:
        """Whether several threads may call MPI at a time."""
        from mpi4py import MPI

        return MPI.Query_thread() == MPI.THREAD_MULTIPLE

    def receive(self, node: int, hear: Hear) -> bool:
        """Hand over what has come for a node since the last call; tell whether anything has.

        Raises:
            PeerError: an edge has failed, or what came is damaged or of another run.
        """
        edges = self._of_nodes.get(node)
        if edges is None:
            return False
        edges.look()
        arrived = [edge for edge in edges.receives if not edge.busy]
        for edge in arrived:
            hear(edge.edge, self._format.read(edge.buffer, edge.rank))
            edge.start()
        return bool(arrived)

    def send(self, edge: int, message: Message) -> bool:
        """Send a message, unless the one before has not been received; tell whether it is sent."""
        sending = self._sends[edge]
        if sending.busy:
            return False
        self._format.write(message, sending.buffer)
        sending.start()
        return True

    @property
    def on_their_way(self) -> int:
        """The number of messages that have been sent and, at the last look, not received."""
        return sum(edge.busy for edge in self._sends.values())

    def meet(self) -> None:
        """Wait for all ranks; called by all of them."""
        self._comm.Barrier()

    def close(self, hear: Hear) -> None:
        """Receive until no message is on its way between any ranks, and free all; called by all ranks."""
        everybody: Any = None
        while everybody is None or not everybody.Test():
            for node in self._of_nodes:
                self.receive(node, hear)
            if everybody is None and not self.on_their_way:
                everybody = self._comm.Ibarrier()
            os.sched_yield()
        for edges in self._of_nodes.values():
            edges.free()
        self._comm.Free()
