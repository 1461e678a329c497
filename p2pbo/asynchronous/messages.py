"""What asynchronous nodes tell each other, and what a node has heard over each of its edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import Rows
from p2pbo.asynchronous.node_edges import Integers, Reals

INCARNATION = 1 << 40
"""What a stamp counts for each time that the run has been resumed: more than a node takes steps."""

NOTHING, DROPPED = -1, -2
"""Echoes of an edge over which nothing has come, and of one that the sender has dropped."""


class Message(NamedTuple):
    """What a node tells a neighbour after a step.

    Attributes:
        stamp: the number of its steps, and of resumptions before them; one that is older than the newest heard is
            ignored.
        sent_at: the time of its sender.
        echo: the newest stamp that its sender has heard of this neighbour, ``NOTHING``, or ``DROPPED``.
        v: (D,) s − βt of all variables that are mixed, one after another.
        mass: (D,) ρ, the running sum of what this neighbour has got of the trackers.
    """

    stamp: int
    sent_at: float
    echo: int
    v: Rows
    mass: Reals

    @property
    def payload_bytes(self) -> int:
        """The bytes of its rows."""
        return self.v.nbytes + self.mass.nbytes


@dataclass
class Heard:
    """What a node has heard over each of its edges, (edges, D); the newest message counts.

    Attributes:
        v, mass: of the newest messages.
        stamps: of these, ``NOTHING`` where none has come.
        times: when they were sent, by their senders' time.
        arrived: when they came, by this node's.
        echoes: the newest own stamps that neighbours have heard of.
        echoed: when these last grew.
    """

    v: Rows
    mass: Reals
    stamps: Integers
    times: Reals
    arrived: Reals
    echoes: Integers
    echoed: Reals

    @classmethod
    def nothing(cls, edges: int, width: int, dtype: np.dtype[np.floating]) -> Heard:
        """Return what a node has heard before any message."""
        zeros = np.zeros((edges, width))
        stamps, times = np.full((2, edges), NOTHING), np.zeros((3, edges))
        return cls(zeros.astype(dtype), zeros, stamps[0], times[0], times[1], stamps[1], times[2])

    @property
    def any(self) -> NDArray[np.bool_]:
        """Over which edges something has come."""
        return self.stamps > NOTHING

    def take(self, place: int, message: Message, now: float) -> None:
        """Take a message, unless a newer one has come over its edge."""
        if message.stamp <= self.stamps[place]:
            return
        self.stamps[place], self.times[place], self.arrived[place] = message.stamp, message.sent_at, now
        self.v[place], self.mass[place] = message.v, message.mass
        if message.echo > self.echoes[place]:
            self.echoes[place], self.echoed[place] = message.echo, now
