"""What the rounds of a network have left behind that goes on, possibly on other ranks than before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from p2pbo.network.node_rows import Memory

Kept = Callable[[str, NDArray[np.int64]], NDArray[Any]]
"""(name of a memory, nodes or edges) ↦ their rows."""


class Exchange(Protocol):
    """A kind of round."""

    kind: str

    def memories(self) -> list[tuple[int, Memory]]:
        """Return what each of its channels keeps from round to round, with the channel's number."""

    def go_on(self, rounds: int) -> None:
        """There have been so many rounds before."""


@dataclass(frozen=True)
class Past:
    """The rounds before this network was made.

    Attributes:
        rounds: how many there were of each kind.
        wait_time: seconds spent waiting in them.
        kept: what they have left behind.
    """

    rounds: Mapping[str, int] = field(default_factory=dict)
    wait_time: float = 0.0
    kept: Kept | None = None

    def take_up(self, exchange: Exchange) -> None:
        """Let a kind of round go on where it was."""
        if self.kept is not None and exchange.kind in self.rounds:
            exchange.go_on(self.rounds[exchange.kind])
            for name, memory in memories(exchange):
                memory.rows[...] = self.kept(name, memory.index)


def memories(exchange: Exchange) -> list[tuple[str, Memory]]:
    """Return what a kind of round keeps, by name."""
    return [
        (f"rounds/{exchange.kind}/{number}/{memory.name}", memory) for number, memory in exchange.memories()
    ]
