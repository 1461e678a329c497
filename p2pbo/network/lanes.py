"""Edges one by one, for codecs that make each of them different: which rows leave over which edge, and back.

A lane holds the edges between this rank's nodes and one rank's (its own included) that share a codec. Both ends list
them alike, sorted by (source, target), so that a message is the lanes' payloads one after another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from p2pbo.network.placement import Placement
from p2pbo.topology import Topology

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Lane:
    """Directed edges in both directions; edges are numbered as in the topology, rows as on this rank.

    Attributes:
        peer: the rank at the other end; this rank itself for edges between hosted nodes.
        spec: the codec that the edges share.
        out, source: the outgoing edges, and the row that each leaves.
        into, target: the incoming edges, and the row that each reaches.
        back: where the reverse of each incoming edge stands in ``out``.
        weight: w of each incoming edge.
        turns: the incoming edges in groups that reach each row at most once.
    """

    peer: int
    spec: str
    out: Index
    source: Index
    into: Index
    target: Index
    back: Index
    weight: NDArray[np.float64]
    turns: tuple[Index, ...]


def lanes(topology: Topology, placement: Placement, rank: int, specs: Sequence[str]) -> list[Lane]:
    """The lanes of ``rank``, sorted by (peer, codec); ``specs`` names each directed edge's codec, alike both ways."""
    hosted = placement.hosted(rank)
    reverse = np.lexsort((topology.source, topology.target))
    first, last = np.searchsorted(topology.source, [hosted.start, hosted.stop])
    mine = np.arange(first, last)
    owner = placement.rank_of(topology.target[mine])
    names, named = np.unique(np.asarray(specs)[mine], return_inverse=True)
    made = []
    for peer, codec in sorted(set(zip(owner.tolist(), named.tolist(), strict=True))):
        out = mine[(owner == peer) & (named == codec)]
        into = np.sort(reverse[out])
        target = topology.target[into] - hosted.start
        made.append(
            Lane(
                peer,
                str(names[codec]),
                out,
                topology.source[out] - hosted.start,
                into,
                target,
                np.searchsorted(out, reverse[into]),
                topology.weight[into],
                _turns(target),
            )
        )
    return made


def _turns(target: Index) -> tuple[Index, ...]:
    """Places of ``target`` in groups without repeats: the first edge into each row, the second, …"""
    order = np.argsort(target, kind="stable")
    ordered = target[order]
    rank = np.arange(len(order)) - np.searchsorted(ordered, ordered)
    return tuple(order[rank == turn] for turn in range(int(rank.max()) + 1))
