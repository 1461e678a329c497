"""Faults that are put on links on purpose, and which edges are used at all."""

from __future__ import annotations

from dataclasses import dataclass

from p2pbo.errors import InputError


@dataclass(frozen=True)
class LinkFaults:
    """How the links of a network behave; by default nothing happens to them.

    Attributes:
        drop: the chance that an edge loses both its messages in a round.
        delay: messages of an edge arrive 0 … ``delay`` rounds late, each edge always equally late.
        stragglers: the chance that a node is late in a round: its neighbours go on without it.
        schedule: which edges are used in a round, as the registry of link schedules names it.
        double: the chance that a message of an asynchronous node comes twice; rounds have no copies.

    Raises:
        InputError: a chance is outside [0, 1), or the delay is negative.
    """

    drop: float = 0.0
    delay: int = 0
    stragglers: float = 0.0
    schedule: str = "all"
    double: float = 0.0

    def __post_init__(self) -> None:
        chances = {"drop": self.drop, "stragglers": self.stragglers, "double": self.double}
        for name, chance in chances.items():
            if not 0 <= chance < 1:
                raise InputError(f"links.{name}", f"is {chance}", "choose a chance of at least 0 and below 1")
        if self.delay < 0:
            raise InputError("links.delay", f"is {self.delay}", "choose a number of rounds, 0 or more")
