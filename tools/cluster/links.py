"""Links between hosts: their rate, delay and loss, and when a frame that enters one leaves it."""

from __future__ import annotations

import math
import random
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from p2pbo.errors import InputError

DEVICE = "wan0"
"""The network device of a host that leads to the links."""


def link_address(number: int) -> str:
    """Return the address of host n1, n2, … on the links."""
    return f"10.88.0.{number}"


@dataclass(frozen=True)
class Links:
    """Links between hosts n1, n2, …, which are 10.88.0.1, 10.88.0.2, … on them.

    Attributes:
        rate: bytes in a second, Ethernet's header with them.
        delay: seconds from host to host, one way.
        loss: share of the frames that get lost.
        shared: all that a host sends shares one link, its card; else there is one to each other host.

    Raises:
        InputError: there are no such links.
    """

    rate: float = math.inf
    delay: float = 0.0
    loss: float = 0.0
    shared: bool = False

    def __post_init__(self) -> None:
        if not self.rate > 0:
            raise InputError(f"a link of {self.rate:g} B/s", "carries nothing", "give a rate above 0")
        if not 0 <= self.delay < math.inf:
            raise InputError(f"a delay of {self.delay:g} s", "cannot be", "give 0 or more")
        if not 0 <= self.loss < 1:
            raise InputError(f"a loss of {self.loss:g}", "leaves no frame", "give a share from 0 to below 1")


class Shaper:
    """The links as they are used: each sends a frame after the one before, in the time that its rate gives.

    A frame that enters at ``now`` leaves at max(now, free) + size / rate + delay, where ``free`` is when the link has
    sent the frame before.
    """

    def __init__(self, links: Links, seed: int = 0) -> None:
        self.links = links
        self._free: dict[Hashable, float] = {}
        self._draw = random.Random(seed)

    def arrivals(
        self, sender: int, receivers: Iterable[int], size: int, now: float
    ) -> Iterator[tuple[float, int]]:
        """Send a frame of ``size`` bytes; yield when it arrives, and where, unless it gets lost on the way."""
        links, sent = self.links, False
        for receiver in receivers:
            link = sender if links.shared else (sender, receiver)
            if not (links.shared and sent):  # a card sends once what is for all
                self._free[link] = max(now, self._free.get(link, now)) + size / links.rate
            sent = True
            if not links.loss or self._draw.random() >= links.loss:
                yield self._free[link] + links.delay, receiver
