"""The transport that all rounds of one network share: how their messages travel, over which edges, and their counts.

Each kind of round has requests of its own, persistent and nonblocking: planned once, started and waited for every time.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from p2pbo.arrays import Wire
from p2pbo.network.clock.link_clock import LinkClock
from p2pbo.network.links.state import Links, Up, both
from p2pbo.network.placement import Placement
from p2pbo.network.traffic import Counted, Traffic
from p2pbo.network.wire.header import MessageHeader, Notices, PeerError

if TYPE_CHECKING:
    from mpi4py import MPI

WaitObserver = Callable[[int, float, float], None]
"""A function that is told whom a rank has waited for, from when to when, by ``perf_counter``."""


class Transport:
    """One rank's means of sending; a rank that dies ends the run.

    Args:
        links: which edges carry a round.
        placement: of the nodes on ranks.
        traffic: counts what is sent.
        clock: counts every round.
        comm: of the neighbours' messages; None where there is one rank only.
        patience: seconds of polling for a message before others have the core after each further poll.
        checksum: whether payloads are checked.
        on_wait: called after each wait for a rank.

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
        patience: float = math.inf,
        checksum: bool = False,
        on_wait: WaitObserver | None = None,
    ) -> None:
        self.links, self.comm, self._placement = links, comm, placement
        self._traffic, self._clock, self._patience, self._checksum = (
            traffic,
            clock,
            patience,
            checksum,
        )
        self._on_wait = on_wait
        self.lost: set[int] = set()
        self.notices = Notices()
        self.round = 0
        self._kinds = 0

    def requests(self) -> Requests:
        """Make the messages of one more kind of round."""
        return Requests(self.comm, self._tag(), self._patience, self._on_wait)

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


def _done() -> bool:
    """Tell that there is nothing to wait for."""
    return True


class Requests:
    """Persistent requests of one kind of round: one receive and one send per peer, or one of them.

    ``patience``: seconds of polling for a message before others have the core after each further poll. ``on_wait`` is
    called after each wait for a rank.
    """

    def __init__(
        self,
        comm: MPI.Intracomm | None,
        tag: int,
        patience: float = math.inf,
        on_wait: WaitObserver | None = None,
    ) -> None:
        self._comm, self._tag, self._patience = comm, tag, patience
        self._on_wait = on_wait
        self._requests: list[MPI.Prequest | VaryingSend] = []
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

    def plan(self, rank: int, sent: NDArray[Any] | None, received: NDArray[Any] | None) -> None:
        """Send ``sent`` to ``rank`` and receive its message into ``received``, every round; None: there is none."""
        assert self._comm is not None  # a peer is another rank
        sending = None if sent is None else self._comm.Send_init(sent, dest=rank, tag=self._tag)
        self._plan(rank, sending, received)

    def plan_varying(self, rank: int, received: NDArray[Any]) -> VaryingSend:
        """Plan the same for messages that differ in length: set the one of each round; ``received`` holds any."""
        assert self._comm is not None  # a peer is another rank
        sending = VaryingSend(self._comm, rank, self._tag)
        self._plan(rank, sending, received)
        return sending

    def _plan(
        self, rank: int, sending: MPI.Prequest | VaryingSend | None, received: NDArray[Any] | None
    ) -> None:
        assert self._comm is not None  # a peer is another rank
        arrived = gone = _done
        if received is not None:
            arrived = self._added(rank, self._comm.Recv_init(received, source=rank, tag=self._tag))
        if sending is not None:
            gone = self._added(rank, sending)
        self._waits.append((rank, arrived, gone))
        self._waited_for = len(self._waits)
        self.wait_times.setdefault(rank, 0.0)

    def _added(self, rank: int, request: MPI.Prequest | VaryingSend) -> Callable[[], bool]:
        """Plan a request, and return its test."""
        self._requests.append(request)
        self._ranks.append(rank)
        self._starts.append(request.Start)
        self._tests.append(request.Test)
        return request.Test

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
                if not arrived():
                    self._poll_until(arrived)
                if not gone():
                    self._poll_until(gone)
                now = perf_counter()
                times[rank] += now - before
                if self._on_wait is not None:
                    self._on_wait(rank, before, now)
                before = now
                self._waited_for += 1
        except Exception as error:
            raise PeerError(
                f"the exchange with rank {self._waits[self._waited_for][0]} failed: {error}"
            ) from error
        self._pending = False

    def _poll_until(self, done: Callable[[], bool]) -> None:
        """Poll, and give the core to others after each poll when patience is at its end."""
        patient_until = perf_counter() + self._patience
        while not done():
            if perf_counter() >= patient_until:
                os.sched_yield()

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


class VaryingSend:
    """A request like MPI's persistent ones, for a message whose length is another one in each round.

    Attributes:
        message: what the next start sends; it must stay as it is until that has been tested to be gone.
    """

    message: Wire

    def __init__(self, comm: MPI.Intracomm, rank: int, tag: int) -> None:
        self._comm, self._rank, self._tag = comm, rank, tag
        self._request: MPI.Request | None = None

    def Start(self) -> None:
        """Send the message."""
        self._request = self._comm.Isend(self.message, dest=self._rank, tag=self._tag)

    def Test(self) -> bool:
        """Tell whether the message is gone."""
        return self._request is None or self._request.Test()

    def Wait(self) -> None:
        """Wait until it is."""
        if self._request is not None:
            self._request.Wait()

    def Free(self) -> None:
        """Free nothing: a request that is done has freed itself."""
