"""The traffic so far: over each directed edge, as an algorithm sends it, and between ranks, as it really went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


class Counted(Protocol):
    """A kind of round as traffic counts it; a rank's real messages go to all its peers in each."""

    @property
    def crossing(self) -> Mapping[int, int]:
        """Bytes that go from this rank to each of its peers; an exact row goes once to each rank that needs it."""

    @property
    def edge_bytes(self) -> int | Counts:
        """Payload of every directed edge of the network; one number: all the same."""

    @property
    def varying(self) -> bool:
        """Whether these differ from round to round."""


class Traffic:
    """Counts of what has been sent over the directed edges ``edges`` of a rank: those that leave its nodes."""

    def __init__(self, edges: slice) -> None:
        self._edges = edges
        self._bytes, self._messages = np.zeros((2, edges.stop - edges.start), dtype=np.int64)
        self._crossed = np.zeros(2, dtype=np.int64)
        self._whole: Counter[Counted] = Counter()  # rounds over all edges, yet to be added

    def count(
        self, exchange: Counted, carrying: NDArray[np.bool_] | None, lost: Collection[int] = ()
    ) -> None:
        """Count one more round, over the edges ``carrying`` of the network (None: all), and to no ``lost`` peer."""
        if carrying is None and not exchange.varying:
            self._whole[exchange] += 1
            return
        whole = np.ones_like(self._messages)
        self._add(exchange, whole if carrying is None else carrying[self._edges].astype(np.int64))
        self._cross(exchange, 1, lost)

    @property
    def edge_bytes(self) -> Counts:
        """Payload bytes of each edge."""
        self._settle()
        return self._bytes.copy()

    @property
    def edge_messages(self) -> Counts:
        """Messages of each edge."""
        self._settle()
        return self._messages.copy()

    @property
    def crossed(self) -> Counts:
        """(bytes, messages) that this rank has really sent to other ranks."""
        self._settle()
        return self._crossed.copy()

    def restore(self, edge_bytes: Counts, edge_messages: Counts, crossed: Counts) -> None:
        """Count on from what has been sent before."""
        self._bytes, self._messages, self._crossed = edge_bytes.copy(), edge_messages.copy(), crossed.copy()

    def _settle(self) -> None:
        for exchange, times in self._whole.items():
            self._add(exchange, np.full_like(self._messages, times))
            self._cross(exchange, times)
        self._whole.clear()

    def _add(self, exchange: Counted, carried: Counts) -> None:
        """Add rounds in which each edge carried something so many times."""
        per_edge = exchange.edge_bytes
        self._bytes += carried * (per_edge if isinstance(per_edge, int) else per_edge[self._edges])
        self._messages += carried

    def _cross(self, exchange: Counted, times: int, lost: Collection[int] = ()) -> None:
        """Add so many rounds to all peers that are not lost."""
        sizes = [size for rank, size in exchange.crossing.items() if rank not in lost]
        self._crossed += times * np.array([sum(sizes), len(sizes)])
