"""The transport that all rounds of one network share: how their messages travel, over which edges, and their counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from p2pbo.network.clock.link_clock import LinkClock
from p2pbo.network.links.state import Links, Up, both
from p2pbo.network.placement import Placement
from p2pbo.network.traffic import Counted, Traffic
from p2pbo.network.wire.fault_tolerant import FaultTolerantRequests
from p2pbo.network.wire.header import MessageHeader, Notices
from p2pbo.network.wire.requests import Requests

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


class FaultTolerantTransport(Transport):
    """One rank's means of sending where ranks may die and the others go on."""

    def requests(self) -> Requests:
        """Make the messages of one more kind of round."""
        return FaultTolerantRequests(
            self.comm, self._tag(), self._oversubscribed, self.lost, self.mark_failed
        )
