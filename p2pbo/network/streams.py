"""The streams that a message is made of: rows of one variable each, which are sent in every step.

A stream's key and kind are given once, when its round is planned; a round passes rows alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import Rows
from p2pbo.network.row_parts import RowParts


@dataclass(frozen=True)
class Consensus:
    """Rows S to agree on: W S comes back; R S over a directed graph.

    Attributes:
        donated: whether the network may write into the rows that it is given, because nobody needs them any more.
    """

    donated: bool = False


@dataclass(frozen=True)
class Push:
    """Rows S whose sum over all nodes is to stay: W S comes back, C S over a directed graph; never over lossy edges.

    In float64, in memory and on the wire: whatever is rounded off the sum never comes back.
    """


@dataclass(frozen=True)
class Laplacian:
    """Rows S of which (I − W) S comes back, whose mean over all nodes is 0 in float32, too; never over lossy edges.

    For what adds it up from step to step: the mean of S − W S is rounding of one sign, which grows.
    """


@dataclass(frozen=True)
class Maximum:
    """Rows S whose largest comes back, entry by entry, of a node's own and its neighbours'; never over lossy edges."""


@dataclass(frozen=True)
class Innovation:
    """Rows that neighbours decode and weigh, rather than a state to agree on.

    Attributes:
        delta: the rate at which both ends' memories m follow what is sent; None: the codec's own; 0: no memory.
        of_memory: whether neighbours weigh m after its update (He 2024 (12c)), or m before it plus what they decode,
            which is unbiased (14).
        rounds: R of multi-step compression; 1: the codec itself.
    """

    delta: float | None = 0.0
    of_memory: bool = False
    rounds: int = 1

    @property
    def lags(self) -> bool:
        """Whether rows come back late even without a codec: a memory that follows only in part."""
        return self.of_memory and self.delta not in (None, 1.0)


@dataclass(frozen=True, eq=False)
class PartialConsensus:
    """Rows to agree on of which each node sends some entries: every entry is averaged over those who send it.

    Attributes:
        sizes: (K,) how many entries each node of the network sends, the same in every round.
        note_bytes: of what tells neighbours which entries these are.
    """

    sizes: NDArray[np.int64]
    note_bytes: int


@dataclass(frozen=True)
class Handover:
    """Rows that are not mixed but change places, each going to one neighbour; all edges carry."""


Kind = Consensus | Push | Laplacian | Maximum | Innovation | PartialConsensus | Handover
"""What the rows of a stream are, and so what becomes of them at the neighbours."""


class Stream(NamedTuple):
    """Rows of one variable in a round, as all ranks plan them.

    Attributes:
        key: the same in every step; its first letter is the variable.
        kind: what the rows are.
        shares: the key of the stream whose draws it makes, too; empty: it draws for itself.
    """

    key: str
    kind: Kind = Consensus()
    shares: str = ""

    @property
    def drawn_by(self) -> str:
        """What its draws are keyed by."""
        return self.shares or self.key

    @property
    def variable(self) -> str:
        """The variable's letter: x, y, z or u."""
        return self.key[0]

    def dtype(self, of_run: np.dtype[Any]) -> np.dtype[Any]:
        """Return the type of its rows in a run of rows of another type."""
        return np.dtype(np.float64) if isinstance(self.kind, Push) else of_run


class PartialRows(NamedTuple):
    """Rows of a :class:`PartialConsensus` in one round: hosted×dim, and which entries of them nodes send."""

    rows: Rows
    entries: RowParts


class HandedRows(NamedTuple):
    """Rows of a :class:`Handover` in one round: hosted×dim, and (K,) the node that each node's row goes to.

    ``target`` is a permutation along edges; all streams of a round have the same.
    """

    rows: Rows
    target: NDArray[np.int64]


Sent = Rows | PartialRows | HandedRows
"""What a round passes of a stream."""
