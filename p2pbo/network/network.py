"""The network of one run: neighbours' rows in, rows mixed by W out, and every byte counted."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from p2pbo.network.channels.handed import used
from p2pbo.network.checkpointing import CheckpointRows, NetworkCheckpoint, named_rows
from p2pbo.network.edge_codecs import Compression
from p2pbo.network.edgewise_exchange import CompressedExchange
from p2pbo.network.exact_exchange import Exchange
from p2pbo.network.link_clock import LinkClock
from p2pbo.network.links.faults import Conditions
from p2pbo.network.links.state import NOTHING, Links, Up, both
from p2pbo.network.mixing.product import Rows
from p2pbo.network.placement import Placement
from p2pbo.network.plan import check_pairs, plan
from p2pbo.network.ranks import Ranks
from p2pbo.network.streams import Stream
from p2pbo.network.traffic import Traffic
from p2pbo.network.wire.transport import Transport
from p2pbo.topology import Topology

if TYPE_CHECKING:
    from mpi4py import MPI


SHAPE = operator.attrgetter("shape")


class Pending(Protocol):
    """A posted round: the messages travel while the oracles run."""

    def poll(self) -> None:
        """Let large messages make progress; cheap, may be called at any time."""

    def wait(self) -> tuple[Rows, ...]:
        """Return W V for each posted V: hosted×width each, new arrays."""


class Network:
    """K nodes on the ranks of ``comm`` (None: all in this process), each talking to its graph neighbours alone.

    ``compression`` says which variables' rows go through codecs; without it W V is exact. ``clock`` is advanced
    round by round; with ``checksum`` payloads between ranks are checked. ``conditions`` say what happens to messages on
    their way, drawn from ``seed``. ``traffic`` counts what the algorithm sends,
    per directed edge that leaves a hosted node (payload bytes and messages, the same for every number of ranks), and
    apart from it what really crossed between ranks.
    """

    def __init__(
        self,
        topology: Topology,
        comm: MPI.Intracomm | None = None,
        dtype: np.dtype[Any] | type = np.float64,
        compression: Compression | None = None,
        clock: LinkClock | None = None,
        checksum: bool = False,
        conditions: Conditions = NOTHING,
        seed: int = 0,
    ) -> None:
        # fixed per run
        self.topology = topology
        self.dtype = np.dtype(dtype)
        self._compression = compression or Compression({}, {})
        self._lossy = set(filter(self._compression.lossy, self._compression.codecs))
        self.clock = clock
        self.ranks = Ranks(comm)
        self.placement = self.ranks.agree(lambda: Placement(topology.nodes, self.ranks.size))
        self.ranks.same({"graph": topology.digest()})
        self.plan = plan(topology, self.placement, self.ranks.rank)
        check_pairs(self.ranks, self.plan)
        self._comm = comm.Dup() if comm is not None and self.ranks.size > 1 else None
        crowded = self.ranks.outnumber_cores()
        links = self.ranks.agree(lambda: Links(topology, conditions, seed))
        self.transport = Transport(links, self._comm, crowded, checksum)
        # grows
        self.traffic = Traffic(self.plan.edges)
        self._exchanges: dict[tuple[Any, ...], Exchange] = {}  # by names, kinds and shapes
        self._compressed: dict[tuple[str, ...], CompressedExchange] = {}  # by streams
        self._restored = NetworkCheckpoint()

    @property
    def hosted(self) -> range:
        """The nodes whose rows this process holds."""
        return self.plan.hosted

    def exchange(self, *variables: Rows) -> Pending:
        """Post one round that carries all variables (hosted×width each) in one message per pair of ranks.

        Call it on all ranks with the same widths in the same order; ``wait()`` on the result gives W V for each V.
        """
        return self._exchange(variables)

    def _exchange(
        self, variables: tuple[Rows, ...], names: tuple[str, ...] = (), laplacian: tuple[bool, ...] = ()
    ) -> Pending:
        planned = (names, laplacian, *map(SHAPE, variables))
        exchange = self._exchanges.get(planned)
        if exchange is None:
            widths = tuple(V.shape[1] for V in variables)
            exchange = Exchange(self.plan, widths, self.dtype, self.transport, self._tag(), names, laplacian)
            self._restored.restore(exchange)
            self._exchanges[planned] = exchange
        exchange.post(variables)
        return self._posted(exchange)

    def send(self, streams: Sequence[Stream]) -> Pending:
        """Post one round of streams; states cross their consensus channels, innovations are decoded and weighed, and
        rows that are handed ``to`` another node change places.

        Where they are whole rows that no codec changes this is :meth:`exchange`; but innovations that are late differ
        from states that are, and a memory may lag behind its rows.
        """
        lossy, late = self._lossy, self.transport.links.delay
        if not any(
            s.entries
            or s.lags
            or s.to is not None
            or (lossy and s.variable in lossy)
            or (late and s.innovation)
            for s in streams
        ):
            names = tuple(stream.name for stream in streams) if late else ()
            kinds = tuple([stream.laplacian for stream in streams])
            return self._exchange(tuple([stream.rows for stream in streams]), names, kinds)
        names = tuple(stream.name for stream in streams)
        exchange = self._compressed.get(names)
        if exchange is None:
            channels = [
                self._compression.open(
                    stream, self.topology, self.placement, self.plan, self.dtype, self.transport.links
                )
                for stream in streams
            ]
            exchange = CompressedExchange(" ".join(names), channels, self.transport, self._tag())
            self._restored.restore(exchange)
            self._compressed[names] = exchange
        exchange.post(streams)
        handed = streams[0].to is not None
        return self._posted(exchange, used(self.topology, streams[0]) if handed else None)

    def _posted(self, exchange: Exchange | CompressedExchange, over: Up | None = None) -> Pending:
        transport = self.transport
        carrying = both(transport.links.carrying(transport.round - 1), over)
        self.traffic.count(exchange, carrying, exchange.messages.lost)
        if self.clock is not None:
            self.clock.advance(exchange.edge_bytes, carrying)
        return exchange

    def _all(self) -> list[Exchange | CompressedExchange]:
        return [*self._exchanges.values(), *self._compressed.values()]

    def _tag(self) -> int:
        """Return a tag of its own for each kind of round; ranks plan them in the same order."""
        return len(self._exchanges) + len(self._compressed)

    @property
    def wait_time(self) -> float:
        """Seconds spent waiting for neighbours: exposed communication."""
        return self._restored.wait_time + sum(exchange.messages.wait_time for exchange in self._all())

    def waiting(self) -> list[int]:
        """Return the ranks that this one waits for; may be asked by another thread."""
        return sorted({rank for exchange in self._all() for rank in exchange.messages.waiting()})

    @property
    def edge_bytes(self) -> NDArray[np.int64]:
        """Payload bytes that each directed edge that leaves a hosted node has carried so far."""
        return self.traffic.edge_bytes

    @property
    def edge_messages(self) -> NDArray[np.int64]:
        """Messages of each directed edge that leaves a hosted node."""
        return self.traffic.edge_messages

    @property
    def crossed_bytes(self) -> int:
        """Bytes that this rank really sent to other ranks: an exact row goes once to each rank that needs it."""
        return int(self.traffic.crossed[0])

    @property
    def crossed_messages(self) -> int:
        """Messages that this rank really sent to other ranks."""
        return int(self.traffic.crossed[1])

    def sent_by_node(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (bytes, messages) that each hosted node has sent so far."""
        sender = self.topology.source[self.plan.edges] - self.hosted.start
        counts = np.zeros((2, len(self.hosted)), dtype=np.int64)
        np.add.at(counts[0], sender, self.edge_bytes)
        np.add.at(counts[1], sender, self.edge_messages)
        return counts[0], counts[1]

    @property
    def rounds(self) -> dict[str, int]:
        """How many rounds of each kind there have been."""
        return {**self._restored.rounds, **{e.kind: e.messages.rounds for e in self._all()}}

    def checkpoint_rows(self) -> list[tuple[str, CheckpointRows]]:
        """Return what the next rounds depend on, and the counts, by name."""
        edges = np.arange(self.plan.edges.start, self.plan.edges.stop)
        counts = {"bytes": self.edge_bytes, "messages": self.edge_messages}
        return [
            *(
                (f"traffic/{name}", CheckpointRows(name, "edge", edges, rows))
                for name, rows in counts.items()
            ),
            *(named for exchange in self._all() for named in named_rows(exchange)),
        ]

    def recover(self) -> None:
        """Start anew what the dead have a share in; to be called by all who live after the same step."""
        for exchange in self._compressed.values():
            exchange.recover()

    def restore(self, checkpoint: NetworkCheckpoint, crossed: NDArray[np.int64]) -> None:
        """Restore what an earlier network has left; this rank counts ``crossed`` (bytes, messages) as its own."""
        assert checkpoint.read is not None and not self._all()
        self._restored, self.transport.round = checkpoint, sum(checkpoint.rounds.values())
        edges = np.arange(self.plan.edges.start, self.plan.edges.stop)
        read = checkpoint.read
        self.traffic.restore(read("traffic/bytes", edges), read("traffic/messages", edges), crossed)

    def close(self) -> None:
        """Free all requests and communicators; the counts stay."""
        for exchange in self._all():
            exchange.messages.free()
        if self._comm is not None:
            self._comm.Free()
            self._comm = None
        self.ranks.close()
