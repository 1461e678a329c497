"""The transport that all rounds of one network share: how their messages travel, over which edges, and their counts.

Each kind of round has requests of its own, persistent and nonblocking: planned once, started and waited for every time.
"""

from __future__ import annotations

import os
from time import perf_counter
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from p2pbo.network.clock.link_clock import LinkClock
from p2pbo.network.links.state import Links, Up, both
from p2pbo.network.placement import Placement
from p2pbo.network.traffic import Counted, Traffic
from p2pbo.network.wire.header import MessageHeader, Notices, PeerError

if TYPE_CHECKING:
    from mpi4py import MPI


class Transport:
    """One rank's means of sending; a rank that dies ends the run.

    Args:
        links: which edges carry a round.
        placement: of the nodes on ranks.
        traffic: counts what is sent.
        clock: counts every round.
        comm: of the neighbours' messages; None where there is one rank only.
        oversubscribed: whether ranks outnumber cores.
        checksum: whether payloads are checked.

    Attributes:
        lost: the neighbouring ranks that have died.
        notices: what goes round beside the payloads.
        round: how many rounds there have been, of all kinds.
    """

    def __init__(
        self,
        links: Links,
        placement: Placement,
        traffic: Traffic,
        clock: LinkClock | None = None,
        comm: MPI.Intracomm | None = None,
        oversubscribed: bool = False,
        checksum: bool = False,
    ) -> None:
        self.links, self.comm, self._placement = links, comm, placement
        self._traffic, self._clock, self._oversubscribed, self._checksum = (
            traffic,
            clock,
            oversubscribed,
            checksum,
        )
        self.lost: set[int] = set()
        self.notices = Notices()
        self.round = 0
        self._kinds = 0

    def requests(self) -> Requests:
        """Make the messages of one more kind of round."""
        return Requests(self.comm, self._tag(), self._oversubscribed)

    def _tag(self) -> int:
        """Return a new tag for a kind of round; ranks plan them in the same order."""
        self._kinds += 1
        return self._kinds - 1

    def header(self, kind: str, length: int) -> MessageHeader:
        """Make the heads of payloads of ``length`` bytes; ``kind`` is text that all ranks share."""
        return MessageHeader(kind, length, self.notices, self._checksum)

    def begin(self) -> int:
        """Begin a round of any kind, and return its number."""
        self.round += 1
        return self.round - 1

    def count(self, exchange: Counted, over: Up | None = None) -> None:
        """Count a round that has begun, over the edges that its rows use (None: all)."""
        carrying = self.links.carrying(self.round - 1)
        if over is not None:
            carrying = both(carrying, over)
        self._traffic.count(exchange, carrying, self.lost)
        if self._clock is not None:
            self._clock.count(exchange.edge_bytes, carrying)

    def mark_failed(self, rank: int) -> None:
        """Drop a rank that has died: nothing is sent to it, and nothing used of what it sent."""
        self.lost.add(rank)
        self.links.mark_failed(self._placement.hosted(rank))


class Requests:
    """Persistent requests of one kind of round: one receive and one send per peer.

    ``oversubscribed``: ranks outnumber cores, so that a rank yields its core between polls.
    """

    def __init__(self, comm: MPI.Intracomm | None, tag: int, oversubscribed: bool = False) -> None:
        self._comm, self._tag, self._oversubscribed = comm, tag, oversubscribed
        self._requests: list[MPI.Prequest] = []
        self._ranks: list[int] = []
        self._starts: list[Any] = []
        self._tests: list[Any] = []
        self._waits: list[tuple[int, Any, Any]] = []  # rank, until its message is here, until its own is gone
        self._pending = False
        self._waited_for = len(self._waits)  # peers before this one are done
        self.lost: set[int] = set()
        """Ranks whose messages do not come any more."""
        self.rounds = 0
        self.wait_times: dict[int, float] = {}
        """Seconds spent waiting for each peer; who is waited for first is charged with what others take meanwhile."""

    def plan(self, rank: int, sent: NDArray[Any], received: NDArray[Any]) -> None:
        """Send ``sent`` to ``rank`` and receive its message into ``received``, every round."""
        assert self._comm is not None  # a peer is another rank
        pair = (
            self._comm.Recv_init(received, source=rank, tag=self._tag),
            self._comm.Send_init(sent, dest=rank, tag=self._tag),
        )
        for request in pair:
            self._requests.append(request)
            self._ranks.append(rank)
            self._starts.append(request.Start)
            self._tests.append(request.Test)
        arrived, gone = (request.Test if self._oversubscribed else request.Wait for request in pair)
        self._waits.append((rank, arrived, gone))
        self._waited_for = len(self._waits)
        self.wait_times.setdefault(rank, 0.0)

    def check_idle(self) -> None:
        """Check that buffers may be written.

        Raises:
            RuntimeError: the round before has not been waited for: its rows are still on their way.
        """
        if self._pending:
            raise RuntimeError("this exchange is still pending: wait() for it before the next one")

    def start(self) -> None:
        """Start all requests: a new round."""
        self._pending = True
        self.rounds += 1
        for start in self._starts:
            start()

    def poll(self) -> None:
        """Give the MPI library a chance to move large messages on."""
        for test in self._tests:
            test()

    def wait(self) -> None:
        """Wait for each request.

        Raises:
            PeerError: a peer's message failed; names the rank.
        """
        times, before = self.wait_times, perf_counter()
        self._waited_for = 0
        try:
            for rank, arrived, gone in self._waits:
                while not arrived():  # Wait() is done when it returns, Test() when it says so
                    os.sched_yield()
                while not gone():
                    os.sched_yield()
                now = perf_counter()
                times[rank] += now - before
                before = now
                self._waited_for += 1
        except Exception as error:
            raise PeerError(
                f"the exchange with rank {self._waits[self._waited_for][0]} failed: {error}"
            ) from error
        self._pending = False

    def waiting(self) -> list[int]:
        """Return the ranks whose messages are waited for just now; another thread may ask."""
        return sorted({rank for rank, *_ in self._waits[self._waited_for :]})

    def free(self) -> None:
        """Free the requests; a pending round is waited for."""
        for request in self._requests:
            request.Wait()
            request.Free()
        for planned in (self._requests, self._ranks, self._starts, self._waits, self._tests):
            planned.clear()
