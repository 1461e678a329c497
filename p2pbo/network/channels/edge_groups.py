"""Groups of edges, for rounds in which edges differ: the rows that leave over each edge, and those that arrive.

A group holds edges that go one way between this rank's nodes and one rank's (its own included) and that have one codec,
width and lateness: their payloads are equally long. Both ends list them alike, sorted as the topology numbers them, so
that a message is the groups' payloads one after another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import IndexArray, Rows
from p2pbo.network.links.state import Up
from p2pbo.network.placement import Placement
from p2pbo.network.plan import Plan
from p2pbo.topology import Topology

Places = IndexArray | slice
"""Some edges of a group."""

GroupKey = tuple[str, int, int]
"""The codec of an edge, the entries of its rows, and by how many rounds its messages are late."""


@dataclass(frozen=True)
class EdgeGroup:
    """Directed edges that leave this rank, or arrive; edges are numbered as in the topology, rows as on this rank.

    Attributes:
        peer: the rank at the other end; this rank itself for edges between hosted nodes.
        edges: the edges, ascending.
        reverse: the same edges the other way.
        row: the hosted row that each leaves or reaches.
        node: the node at the other end of each.
        weight: w of each.
    """

    peer: int
    edges: IndexArray
    reverse: IndexArray
    row: IndexArray
    node: IndexArray
    weight: NDArray[np.float64]

    def at(self, up: Up | None) -> Places:
        """Return the places of the edges that are up."""
        return slice(None) if up is None else np.flatnonzero(up[self.edges])

    def turns(self, up: Up | None) -> Sequence[IndexArray]:
        """Return the places of edges that are up, in turns without repeated rows: each row's first edge, second, …"""
        return self._turns if up is None else [turn[up[self.edges[turn]]] for turn in self._turns]

    @cached_property
    def _turns(self) -> tuple[IndexArray, ...]:
        order = np.argsort(self.row, kind="stable")
        ordered = self.row[order]
        turn = np.arange(len(order)) - np.searchsorted(ordered, ordered)
        return tuple(order[turn == number] for number in range(int(turn.max()) + 1))

    def back(self, leaving: EdgeGroup) -> IndexArray:
        """Return where the reverse of each edge stands in the group ``leaving``."""
        return np.searchsorted(leaving.edges, self.reverse)


def edge_groups(
    plan: Plan, weight: NDArray[np.float64], keys: Sequence[GroupKey], edges: IndexArray | None = None
) -> tuple[list[EdgeGroup], list[EdgeGroup]]:
    """Return the groups of edges that leave a rank and of those that arrive, each sorted by (peer, key).

    ``weight`` and ``keys`` are those of each directed edge; ``edges`` those that carry something (None: all).
    """
    topology, placement = plan.topology, plan.placement
    numbers = {key: number for number, key in enumerate(sorted(set(keys)))}
    numbered = np.array([numbers[key] for key in keys], dtype=np.int64)
    chosen = np.arange(len(topology.source)) if edges is None else edges
    reverse = np.lexsort((topology.source, topology.target))
    hosted = plan.hosted

    def of(near: IndexArray, far: IndexArray) -> Iterator[EdgeGroup]:
        """Yield the groups of the edges whose ``near`` end is hosted here."""
        mine = chosen[(near[chosen] >= hosted.start) & (near[chosen] < hosted.stop)]
        peer, key = placement.rank_of(far[mine]), numbered[mine]
        for other, which in sorted(set(zip(peer.tolist(), key.tolist(), strict=True))):
            alike = mine[(peer == other) & (key == which)]
            row = near[alike] - hosted.start
            yield EdgeGroup(other, alike, reverse[alike], row, far[alike], weight[alike])

    return list(of(topology.source, topology.target)), list(of(topology.target, topology.source))


def move(rows: Rows, at: Places, step: Rows) -> None:
    """Add ``step`` to the rows ``at``; where these are all rows Python's own += would copy them once more."""
    if isinstance(at, slice):
        rows += step
    else:
        rows[at] += step


def crossings(topology: Topology, placement: Placement) -> IndexArray:
    """Return one edge for each node and each other rank that hosts neighbours of it: what all of them need alike."""
    ranks = placement.rank_of(topology.target)
    away = np.flatnonzero(placement.rank_of(topology.source) != ranks)
    _, first = np.unique(topology.source[away] * placement.ranks + ranks[away], return_index=True)
    return away[first]
