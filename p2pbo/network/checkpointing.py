"""A network's rows in checkpoints: of nodes and of directed edges, for any number of ranks to restore."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

ReadRows = Callable[[str, NDArray[np.int64]], NDArray[Any]]
"""(name of an array, nodes or edges) ↦ their rows."""


@dataclass(frozen=True, eq=False)
class CheckpointRows:
    """Rows of nodes or of directed edges that go into checkpoints.

    Attributes:
        name: of the array that they are rows of; "/" in names makes groups.
        over: what ``index`` numbers.
        index: the node or the directed edge (as the topology numbers them) of each row.
        rows: the array that the run works with.
        owned: whether these are the rows to write; False where another rank, or another channel, has the same.
    """

    name: str
    over: Literal["node", "edge"]
    index: NDArray[np.int64]
    rows: NDArray[Any]
    owned: bool = True

    def under(self, group: str) -> CheckpointRows:
        """Return the same rows with their array in a group."""
        return replace(self, name=f"{group}/{self.name}")

    def restore(self, read: ReadRows) -> None:
        """Overwrite the rows with those that ``read`` gives."""
        self.rows[...] = read(self.name, self.index)


class Restorable(Protocol):
    """A kind of round that a checkpoint can restore."""

    kind: str

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """Return what it keeps from round to round."""

    def restore(self, rounds: int) -> None:
        """Number the rounds from here: so many have been before."""


@dataclass(frozen=True)
class NetworkCheckpoint:
    """The rounds before this network was made, as a checkpoint holds them; by default there were none.

    Attributes:
        rounds: how many there were of each kind.
        wait_time: seconds spent waiting in them.
        read: gives the rows that they have left.
    """

    rounds: Mapping[str, int] = field(default_factory=dict)
    wait_time: float = 0.0
    read: ReadRows | None = None

    def restore(self, exchange: Restorable) -> None:
        """Restore a kind of round to where it was; one that there had not been yet stays new."""
        if self.read is not None and exchange.kind in self.rounds:
            exchange.restore(self.rounds[exchange.kind])
            for kept in exchange.checkpoint_rows():
                kept.restore(self.read)
