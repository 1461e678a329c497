"""Codecs: rows to bytes and back, C(v) = decode(encode(v)).

A codec is planned once for a width and a precision, so every message has a size known beforehand. What it draws is a
function of keys, one stream per row, so both ends derive the same without a word on the wire.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import Rows, Wire
from p2pbo.randomness import Keys


class Codec(ABC):
    """A map from rows of ``dim`` entries of ``dtype`` to messages of ``wire_bytes`` bytes each, and back.

    Rows and messages may be column slices of wider arrays; each row and each message is contiguous, and need not be
    aligned. An instance may keep scratch memory, so threads do not share one.

    Attributes:
        dim: entries of a row.
        dtype: float64 or float32.
        wire_bytes: bytes of one row's message, the same for every row.
        omega: ω with E C(v) = v and E‖C(v) − v‖² ≤ ω‖v‖²; None for a biased codec.
        delta: δ with E‖C(v) − v‖² ≤ (1 − δ)‖v‖² for a biased codec; of C/(1 + ω), which is 1/(1 + ω), otherwise.
        rate: the rate at which a memory r of v follows, r ← r + rate · C(v − r): 1/(1 + ω), and 1 for a biased codec,
            whose C(v − r) is a step of its own length.
        consensus_step: γ at which replicas that the codec keeps up to date can be averaged; δ, unless that is known
            to be far too careful.
        kept: K of a codec whose argument is a number of entries to keep; None for others.
        entries: K of such a codec that sends them as they are, at positions that both ends derive; None for others.
        rank: R of a codec that brings states nearer by matrices of rank R, edge by edge, and codes no row; None for
            others.
    """

    kept: int | None = None
    entries: int | None = None
    rank: int | None = None

    def __init__(
        self, dim: int, dtype: np.dtype[Any], wire_bytes: int, *, omega: float | None = None, delta: float = 0
    ) -> None:
        self.dim = dim
        self.dtype = dtype
        self.wire_bytes = wire_bytes
        self.omega = omega
        self.rate = 1.0 if omega is None else 1 / (1 + omega)
        self.delta = delta if omega is None else self.rate
        self.consensus_step = self.delta

    @abstractmethod
    def encode(self, rows: Rows, keys: Keys, wire: Wire) -> None:
        """Overwrite ``wire`` (n × wire_bytes) with the messages of ``rows`` (n × dim), drawn from ``keys`` (n).

        Raises:
            NotFinite: a row has Inf, NaN, or a number too large, in what would be sent; ``wire`` is then undefined.
        """

    @abstractmethod
    def decode(self, wire: Wire, keys: Keys, rows: Rows) -> None:
        """Overwrite ``rows`` (n × dim) with C(v) from the messages and the keys that they were encoded with."""

    def positions(self, keys: Keys) -> NDArray[np.int64]:
        """Return the positions (n × K, each row distinct) of the entries sent, for a codec that has ``entries``.

        Raises:
            TypeError: it has no such positions, as by default.
        """
        raise TypeError(f"{type(self).__name__} does not send entries at positions that both ends derive")


class NotFinite(ValueError):
    """A row cannot be sent: it has Inf, NaN, or a number too large for its codec, in what would be sent.

    Attributes:
        row: its place in the stack.
        variable: x, y or z, where that is known.
    """

    def __init__(self, row: int) -> None:
        super().__init__(f"row {row} has Inf, NaN or a number too large for its codec in what would be sent")
        self.row, self.variable = row, ""


def require_finite(sent: Rows, below: float = np.inf) -> None:
    """Check that every number of ``sent`` (n×m) is finite, and smaller in magnitude than ``below``.

    Raises:
        NotFinite: one is not; names the first such row.
    """
    largest = np.maximum(sent.max(axis=1), -sent.min(axis=1))
    refused = np.flatnonzero(~(largest < below))  # NaN is smaller than nothing
    if len(refused):
        raise NotFinite(int(refused[0]))
