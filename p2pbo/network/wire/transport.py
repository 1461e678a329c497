"""What all rounds of one network share: how their messages travel, and over which edges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from p2pbo.network.links.state import Links
from p2pbo.network.wire.fault_tolerant import ForgivingMessages
from p2pbo.network.wire.header import Envelope, Notices
from p2pbo.network.wire.requests import Messages

if TYPE_CHECKING:
    from mpi4py import MPI


@dataclass
class Transport:
    """One rank's means of sending.

    Attributes:
        links: which edges carry a round.
        comm: of the neighbours' messages; None where there is one rank only.
        crowded: whether ranks outnumber cores.
        checksum: whether payloads are checked.
        hosted: the nodes of a rank; given where ranks may die and the others go on.
        lost: the neighbouring ranks that have died.
        notices: what goes round beside the payloads.
        round: how many rounds there have been, of all kinds.
    """

    links: Links
    comm: MPI.Intracomm | None = None
    crowded: bool = False
    checksum: bool = False
    hosted: Callable[[int], range] | None = None
    lost: set[int] = field(default_factory=set)
    notices: Notices = field(default_factory=Notices)
    round: int = 0

    def messages(self, tag: int) -> Messages:
        """Return those of one kind of round."""
        if self.hosted is None:
            return Messages(self.comm, tag, self.crowded)
        return ForgivingMessages(self.comm, tag, self.crowded, self.lost, self.lose)

    def lose(self, rank: int) -> None:
        """A rank has died: nothing is sent to it any more, and nothing used of what it sent."""
        assert self.hosted is not None
        self.lost.add(rank)
        self.links.bury(self.hosted(rank))

    def envelope(self, kind: str, length: int) -> Envelope:
        """Return what the heads of payloads of ``length`` bytes say; ``kind`` is text that all ranks share."""
        return Envelope(kind, length, self.notices, self.checksum)

    def begin(self) -> int:
        """Return the number of a new round."""
        self.round += 1
        return self.round - 1
