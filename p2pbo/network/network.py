"""The network of one run: neighbours' rows in, rows mixed by W out, and every byte counted."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from p2pbo.network.exchange import Exchange
from p2pbo.network.mixing import Rows
from p2pbo.network.placement import Placement
from p2pbo.network.plan import check_pairs, plan
from p2pbo.network.ranks import Ranks
from p2pbo.topology import Topology

if TYPE_CHECKING:
    from mpi4py import MPI


SHAPE = operator.attrgetter("shape")


class Pending(Protocol):
    """A posted round: the messages travel while the oracles run."""

    def poll(self) -> None:
        """Let large messages make progress; cheap, may be called at any time."""

    def wait(self) -> tuple[Rows, ...]:
        """W V for each posted V: hosted×width each, new arrays."""


class Network:
    """K nodes on the ranks of ``comm`` (None: all in this process), each talking to its graph neighbours alone.

    Counts what the algorithm sends, per directed edge that leaves a hosted node (payload bytes and messages, the
    same for every number of ranks), and apart from it what really crossed between ranks.
    """

    def __init__(
        self, topology: Topology, comm: MPI.Intracomm | None = None, dtype: np.dtype[Any] | type = np.float64
    ) -> None:
        # fixed per run
        self.topology = topology
        self.dtype = np.dtype(dtype)
        self.ranks = Ranks(comm)
        self.placement = self.ranks.agree(lambda: Placement(topology.nodes, self.ranks.size))
        self.ranks.same({"graph": topology.digest()})
        self.plan = plan(topology, self.placement, self.ranks.rank)
        check_pairs(self.ranks, self.plan)
        self._leaving = self.plan.edges.stop - self.plan.edges.start
        self.crowded = self.ranks.outnumber_cores()
        self._comm = comm.Dup() if comm is not None and self.ranks.size > 1 else None
        self._exchanges: dict[tuple[tuple[int, ...], ...], Exchange] = {}

    @property
    def hosted(self) -> range:
        """The nodes whose rows this process holds."""
        return self.plan.hosted

    def exchange(self, *variables: Rows) -> Pending:
        """Post one round that carries all variables (hosted×width each) in one message per pair of ranks.

        Call it on all ranks with the same widths in the same order; ``wait()`` on the result gives W V for each V.
        """
        shapes = tuple(map(SHAPE, variables))
        exchange = self._exchanges.get(shapes)
        if exchange is None:
            widths = tuple(width for _, width in shapes)
            exchange = Exchange(self.plan, widths, self.dtype, self._comm, len(self._exchanges), self.crowded)
            self._exchanges[shapes] = exchange
        exchange.post(variables)
        return exchange

    @property
    def wait_time(self) -> float:
        """Seconds spent waiting for neighbours: exposed communication."""
        return sum(exchange.wait_time for exchange in self._exchanges.values())

    @property
    def messages(self) -> int:
        """Rounds so far: what each directed edge has carried in messages."""
        return sum(exchange.rounds for exchange in self._exchanges.values())

    @property
    def row_bytes(self) -> int:
        """Payload bytes that each directed edge has carried so far."""
        return sum(exchange.rounds * exchange.row_bytes for exchange in self._exchanges.values())

    @property
    def edge_bytes(self) -> NDArray[np.int64]:
        """Payload bytes of each directed edge that leaves a hosted node."""
        return np.full(self._leaving, self.row_bytes)

    @property
    def edge_messages(self) -> NDArray[np.int64]:
        """Messages of each directed edge that leaves a hosted node."""
        return np.full(self._leaving, self.messages)

    @property
    def crossed_bytes(self) -> int:
        """Bytes that this rank really sent to other ranks: a row goes once to each rank that needs it."""
        return self.row_bytes * sum(len(peer.rows) for peer in self.plan.peers)

    @property
    def crossed_messages(self) -> int:
        """Messages that this rank really sent to other ranks."""
        return self.messages * len(self.plan.peers)

    def sent_by_node(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(bytes, messages) that each hosted node has sent so far."""
        sender = self.topology.source[self.plan.edges] - self.hosted.start
        counts = np.zeros((2, len(self.hosted)), dtype=np.int64)
        np.add.at(counts[0], sender, self.edge_bytes)
        np.add.at(counts[1], sender, self.edge_messages)
        return counts[0], counts[1]

    def close(self) -> None:
        """Free all requests and communicators; the counts stay."""
        for exchange in self._exchanges.values():
            exchange.free()
        if self._comm is not None:
            self._comm.Free()
            self._comm = None
        self.ranks.close()
