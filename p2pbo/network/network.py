"""The network of one run: neighbours' rows in, rows mixed by W out, and every byte counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from p2pbo.network.checkpointing import CheckpointRows, NetworkCheckpoint
from p2pbo.network.clock.link_clock import LinkClock
from p2pbo.network.edge_codecs import EdgeCodecs
from p2pbo.network.edgewise_exchange import EdgewiseExchange
from p2pbo.network.exact_exchange import ExactExchange, exact_kind
from p2pbo.network.exchange import Exchange
from p2pbo.network.in_process_exchange import InProcessExchange
from p2pbo.network.links.faults import LinkFaults
from p2pbo.network.links.state import NO_FAULTS, Links
from p2pbo.network.placement import Placement
from p2pbo.network.plan import check_pairs, plan
from p2pbo.network.rank_network import RankNetwork
from p2pbo.network.ranks import Ranks
from p2pbo.network.streams import Handover, Innovation, PartialConsensus, Stream
from p2pbo.network.traffic import Traffic
from p2pbo.network.wire.fault_tolerant import FaultTolerantTransport
from p2pbo.network.wire.header import Notices
from p2pbo.network.wire.transport import Transport, WaitObserver
from p2pbo.topology import Topology

if TYPE_CHECKING:
    from mpi4py import MPI


class Network:
    """K nodes on the ranks of ``comm`` (None: all in this process), each talking to its graph neighbours alone.

    ``codecs`` says which variables' rows go through codecs; without it W S is exact. ``clock`` counts the
    rounds; with ``checksum`` payloads between ranks are checked. ``faults`` are put on links, drawn from ``seed``. With
    ``on_failure="continue"`` the others go on without a rank that dies, on an MPI that can. ``traffic`` counts what the
    algorithm sends, per directed edge that leaves a hosted node (payload bytes and messages, the same for every number
    of ranks), and apart from it what really crossed between ranks. ``on_wait`` is called after each wait for a rank.
    """

    def __init__(
        self,
        topology: Topology,
        comm: MPI.Intracomm | None = None,
        dtype: np.dtype[Any] | type = np.float64,
        codecs: EdgeCodecs | None = None,
        clock: LinkClock | None = None,
        checksum: bool = False,
        faults: LinkFaults = NO_FAULTS,
        seed: int = 0,
        on_failure: Literal["abort", "continue"] = "abort",
        on_wait: WaitObserver | None = None,
    ) -> None:
        # fixed per run
        self.topology = topology
        self.dtype = np.dtype(dtype)
        self._codecs = codecs or EdgeCodecs({}, {})
        self._lossy = set(filter(self._codecs.lossy, self._codecs.codecs))
        self.clock = clock
        self.ranks = Ranks(comm)
        self.placement = self.ranks.agree(lambda: Placement(topology.nodes, self.ranks.size))
        self.ranks.same({"graph": topology.digest()})
        self.plan = plan(topology, self.placement, self.ranks.rank)
        check_pairs(self.ranks, self.plan)
        self._comm = comm.Dup() if comm is not None and self.ranks.size > 1 else None
        patience = self.ranks.patience()
        self.links = self.ranks.agree(lambda: Links(topology, faults, seed))
        self._own = RankNetwork(self.plan, self.links, self.dtype)
        # grows
        self.traffic = Traffic(self.plan.edges)
        transport = FaultTolerantTransport if on_failure == "continue" else Transport
        self._transport = transport(
            self.links, self.placement, self.traffic, clock, self._comm, patience, checksum, on_wait
        )
        self._exchanges: dict[str, Exchange] = {}  # by kind
        self._restored = NetworkCheckpoint()

    @property
    def hosted(self) -> range:
        """The nodes whose rows this process holds."""
        return self.plan.hosted

    def exchange(self, streams: Sequence[Stream], widths: Sequence[int]) -> Exchange:
        """Plan a kind of round, or find it again: streams of rows of these widths, one message per pair of ranks.

        Call it on all ranks with the same streams in the same order. States come back mixed, innovations are decoded
        and weighed, and rows that are handed over change places.

        Raises:
            InputError: a codec does not fit the rows.
        """
        exact = all(map(self._exact, streams))
        late = bool(self.links.delay)
        kind = exact_kind(streams, widths, late) if exact else " ".join(stream.key for stream in streams)
        if kind not in self._exchanges:
            exchange: Exchange
            if exact:
                within = InProcessExchange if not (self.plan.peers or late) else ExactExchange
                exchange = within(kind, streams, widths, self._own, self._transport)
            else:
                channels = [
                    self._codecs.channel_of(stream, width, self._own)
                    for stream, width in zip(streams, widths, strict=True)
                ]
                exchange = EdgewiseExchange(kind, streams, channels, self._transport)
            self._restored.restore(exchange)
            self._exchanges[kind] = exchange
        return self._exchanges[kind]

    def _exact(self, stream: Stream) -> bool:
        """Tell whether a stream is whole rows that nothing changes on their way.

        Innovations that are late differ from states that are, and a memory may lag behind its rows.
        """
        match stream.kind:
            case PartialConsensus() | Handover():
                return False
            case Innovation() as innovation if innovation.lags or self.links.delay:
                return False
        return stream.variable not in self._lossy

    @property
    def wait_time(self) -> float:
        """Seconds spent waiting for neighbours: exposed communication."""
        return self._restored.wait_time + sum(self.wait_times.values())

    @property
    def wait_times(self) -> dict[int, float]:
        """Seconds spent waiting for each neighbouring rank since this process has started."""
        times: dict[int, float] = {}
        for exchange in self._exchanges.values():
            for rank, seconds in exchange.requests.wait_times.items():
                times[rank] = times.get(rank, 0.0) + seconds
        return times

    def waiting(self) -> list[int]:
        """Return the ranks that this one waits for; another thread may ask."""
        planned = [*self._exchanges.values()]
        return sorted({rank for exchange in planned for rank in exchange.requests.waiting()})

    @property
    def notices(self) -> Notices:
        """Steps after which all ranks stop, save or recover; they go round with every message."""
        return self._transport.notices

    @property
    def failed(self) -> set[int]:
        """The neighbouring ranks that have died."""
        return self._transport.lost

    def mark_failed(self, rank: int) -> None:
        """Drop a rank that has died, and its nodes' edges."""
        self._transport.mark_failed(rank)

    def revoke(self) -> None:
        """End the run for all: whoever waits for this rank hears of it."""
        if self._comm is not None:
            self._comm.Revoke()

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
        """Rounds of each kind so far."""
        return {
            **self._restored.rounds,
            **{kind: exchange.requests.rounds for kind, exchange in self._exchanges.items()},
        }

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """List what the next rounds depend on, and the counts."""
        edges = np.arange(self.plan.edges.start, self.plan.edges.stop)
        counts = {"bytes": self.edge_bytes, "messages": self.edge_messages}
        return [
            *(CheckpointRows(f"traffic/{name}", "edge", edges, rows) for name, rows in counts.items()),
            *(kept for exchange in self._exchanges.values() for kept in exchange.checkpoint_rows()),
        ]

    def recover(self) -> None:
        """Forget what the dead have a share in; all who live call it after the same step."""
        for exchange in self._exchanges.values():
            exchange.recover()

    def begin_again(self) -> None:
        """Forget what rounds so far have left in channels; all ranks call it after the same step. Counts stay."""
        for exchange in self._exchanges.values():
            exchange.begin_again()

    def restore(self, checkpoint: NetworkCheckpoint, crossed: NDArray[np.int64]) -> None:
        """Go on from the rounds of a checkpoint, of which ``crossed`` are the (bytes, messages) of this rank."""
        assert checkpoint.read is not None and not self._exchanges
        self._restored, self._transport.round = checkpoint, sum(checkpoint.rounds.values())
        edges = np.arange(self.plan.edges.start, self.plan.edges.stop)
        read = checkpoint.read
        self.traffic.restore(read("traffic/bytes", edges), read("traffic/messages", edges), crossed)

    def close(self) -> None:
        """Free all requests and communicators; the counts stay."""
        for exchange in self._exchanges.values():
            exchange.requests.free()
        if self._comm is not None:
            self._comm.Free()
            self._comm = None
        self.ranks.close()
