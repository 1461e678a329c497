"""The streams that a message is made of: rows of one variable each, which are sent in every step.

A stream's key and kind are given once, when its round is planned; a round passes rows alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import Rows
from p2pbo.network.row_parts import RowParts


@dataclass(frozen=True)
class Consensus:
    """Rows S to agree on: W S comes back.

    Attributes:
        donated: whether the network may write into the rows that it is given, because nobody needs them any more.
    """

    donated: bool = False


@dataclass(frozen=True)
class Laplacian:
    """Rows S of which (I − W) S comes back, whose mean over all nodes is 0 in float32, too; never over lossy edges.

    For what adds it up from step to step: the mean of S − W S is rounding of one sign, which grows.
    """


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


Kind = Consensus | Laplacian | Innovation | PartialConsensus | Handover


class Stream(NamedTuple):
    """Rows of one variable in a round, as all ranks plan them.

    Attributes:
        key: the same in every step, and what draws are keyed by; its first letter is the variable.
        kind: what the rows are.
    """

    key: str
    kind: Kind = Consensus()

    @property
    def variable(self) -> str:
        """The variable's letter: x, y or z."""
        return self.key[0]


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
