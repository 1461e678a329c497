"""The plan of who sends which rows to whom: made once from graph and placement, before anything is allocated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import IndexArray, distinct
from p2pbo.errors import InputError
from p2pbo.network.mixing.matrix import DirectedBlock, MixingBlock
from p2pbo.network.placement import Placement
from p2pbo.network.ranks import Ranks
from p2pbo.topology import Topology
from p2pbo.topology.directed_topology import degree_shares


@dataclass(frozen=True)
class Peer:
    """A rank that hosts neighbours of hosted nodes.

    ``rows`` are hosted rows that it needs; ``ghosts`` is where its rows lie behind the hosted ones. Over a directed
    graph either may be empty.
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
    """One rank's part of the network: its nodes, its peers and its rows of W, or of R and C.

    Rows are stacked as hosted nodes first, then ghosts (remote neighbours whom a hosted node hears, by rank and node);
    ``block`` holds the hosted rows of W or R over these columns, ``push`` those of W or C.
    """

    topology: Topology
    placement: Placement
    rank: int
    hosted: range
    ghosts: IndexArray
    peers: tuple[Peer, ...]
    edges: slice  # the directed edges that leave hosted nodes, in the topology's order
    block: MixingBlock
    push: MixingBlock

    @property
    def rows(self) -> int:
        """Rows of the stack."""
        return len(self.hosted) + len(self.ghosts)


def plan(topology: Topology, placement: Placement, rank: int) -> Plan:
    """Return the plan of ``rank``."""
    hosted = placement.hosted(rank)
    first, last = np.searchsorted(topology.source, [hosted.start, hosted.stop])
    edges = slice(int(first), int(last))
    source, target = topology.source[edges], topology.target[edges]
    hears, heard = _heard_edges(topology, hosted, edges)
    ghosts = distinct(heard[_remote(heard, hosted)])
    owner, theirs = placement.rank_of(ghosts), placement.rank_of(target)
    peers = []
    for other in distinct(np.concatenate([owner, theirs[_remote(target, hosted)]])):
        rows = distinct(source[theirs == other]) - hosted.start
        behind = len(hosted) + np.searchsorted(owner, [other, other + 1])
        peers.append(Peer(int(other), rows, slice(int(behind[0]), int(behind[1]))))
    column = np.where(
        _remote(heard, hosted), len(hosted) + np.searchsorted(ghosts, heard), heard - hosted.start
    )
    block, push = _blocks(topology, hosted, hears, column, len(hosted) + len(ghosts))
    return Plan(topology, placement, rank, hosted, ghosts, tuple(peers), edges, block, push)


def _remote(nodes: IndexArray, hosted: range) -> NDArray[np.bool_]:
    return (nodes < hosted.start) | (nodes >= hosted.stop)


def _heard_edges(topology: Topology, hosted: range, edges: slice) -> tuple[slice | IndexArray, IndexArray]:
    """Return the edges over which hosted nodes hear, and whom: in an undirected graph those that they send over."""
    if not topology.directed:
        return edges, topology.target[edges]
    arriving = np.flatnonzero(~_remote(topology.target, hosted))
    return arriving, topology.source[arriving]


def _blocks(
    topology: Topology, hosted: range, edges: slice | IndexArray, column: IndexArray, columns: int
) -> tuple[MixingBlock, MixingBlock]:
    """Return the hosted rows of R and of C, or twice those of W."""
    if not topology.directed:
        row, own = topology.source[edges] - hosted.start, topology.self_weight[hosted]
        block = MixingBlock(edges, row, column, topology.weight[edges], own, columns)
        return block, block
    row = topology.target[edges] - hosted.start
    of_r, of_c = (
        DirectedBlock(
            edges, row, column, share[end[edges]], share[hosted], columns, end, hosted, topology.nodes
        )
        for end in (topology.target, topology.source)
        for share in (degree_shares(end, topology.nodes),)
    )
    return of_r, of_c


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
