"""The plan of who sends which rows to whom: made once from graph and placement, before anything is allocated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2pbo.arrays import IndexArray
from p2pbo.errors import InputError
from p2pbo.network.mixing.matrix import MixingBlock
from p2pbo.network.placement import Placement
from p2pbo.network.ranks import Ranks
from p2pbo.topology import Topology


@dataclass(frozen=True)
class Peer:
    """A rank that hosts neighbours of hosted nodes.

    ``rows`` are hosted rows that it needs; ``ghosts`` is where its rows lie behind the hosted ones.
    """

    rank: int
    rows: IndexArray
    ghosts: slice

    def contiguous(self) -> slice | None:
        """Return the rows as one slice, if they are neighbours in memory."""
        first, last = int(self.rows[0]), int(self.rows[-1])
        return slice(first, last + 1) if last - first + 1 == len(self.rows) else None


@dataclass(frozen=True)
class Plan:
    """One rank's part of the network: its nodes, its peers and its rows of W.

    Rows are stacked as hosted nodes first, then ghosts (remote neighbours, by rank and node); ``block`` holds the
    hosted rows of W over these columns.
    """

    topology: Topology
    placement: Placement
    rank: int
    hosted: range
    ghosts: IndexArray
    peers: tuple[Peer, ...]
    edges: slice  # the directed edges that leave hosted nodes, in the topology's order
    block: MixingBlock

    @property
    def rows(self) -> int:
        """Rows of the stack."""
        return len(self.hosted) + len(self.ghosts)


def plan(topology: Topology, placement: Placement, rank: int) -> Plan:
    """Return the plan of ``rank``."""
    hosted = placement.hosted(rank)
    first, last = np.searchsorted(topology.source, [hosted.start, hosted.stop])
    source, target = topology.source[first:last], topology.target[first:last]
    remote = (target < hosted.start) | (target >= hosted.stop)
    ghosts = np.unique(target[remote])
    owner = placement.rank_of(ghosts)
    peers = []
    for other in np.unique(owner):
        theirs = np.flatnonzero(owner == other)
        needed = source[remote & (placement.rank_of(target) == other)]
        rows = np.unique(needed) - hosted.start
        peers.append(
            Peer(int(other), rows, slice(len(hosted) + int(theirs[0]), len(hosted) + int(theirs[-1]) + 1))
        )
    column = np.where(remote, len(hosted) + np.searchsorted(ghosts, target), target - hosted.start)
    edges = slice(int(first), int(last))
    block = MixingBlock(
        edges,
        source - hosted.start,
        column,
        topology.weight[edges],
        topology.self_weight[hosted.start : hosted.stop],
        len(hosted) + len(ghosts),
    )
    return Plan(topology, placement, rank, hosted, ghosts, tuple(peers), edges, block)


def check_pairs(ranks: Ranks, plan: Plan) -> None:
    """Check on all ranks that every planned send meets a planned receive of as many rows.

    Raises:
        InputError: a pair does not match; names the two ranks and their counts.
    """
    sends, expects = np.zeros((2, ranks.size), dtype=np.int64)
    for peer in plan.peers:
        sends[peer.rank] = len(peer.rows)
        expects[peer.rank] = peer.ghosts.stop - peer.ghosts.start
    offered = ranks.all_counts(sends)

    def compare() -> None:
        for other in np.flatnonzero(offered != expects):
            raise InputError(
                f"rank {other}",
                f"plans to send {offered[other]} rows to rank {ranks.rank}, which expects {expects[other]}",
                "start all ranks with the same topology",
            )

    ranks.agree(compare)
