"""Randomised gossip in pairs: each node talks to one neighbour at most (Boyd et al. 2006, synchronous).

The pairs get random numbers, and those whose number is the smallest at both of their ends are taken, again and again
without the nodes that are already taken, until no pair is left: what a greedy choice in the order of the numbers gives.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import IndexArray
from p2pbo.network.links.schedules import LINK_SCHEDULES, LinkSchedule
from p2pbo.network.links.undirected_edges import UndirectedEdges
from p2pbo.randomness import keys


@LINK_SCHEDULES.register("matching")
def matching(pairs: UndirectedEdges, seed: int, /) -> LinkSchedule:
    """A random maximal matching in every round: each node talks to one neighbour at most."""

    def matched(round_: int) -> NDArray[np.bool_]:
        drawn = keys(seed, "links matching", round_, pairs.numbers)
        return _greedy(pairs, np.argsort(np.argsort(drawn, kind="stable")))

    return matched


def _greedy(pairs: UndirectedEdges, turn: IndexArray) -> NDArray[np.bool_]:
    """Return the matching that takes pairs in the order of ``turn`` wherever both ends are free."""
    never = len(turn)
    taken, waiting = np.zeros(never, dtype=bool), turn.copy()
    while (waiting < never).any():
        next_ = np.full(pairs.nodes, never)
        np.minimum.at(next_, pairs.first, waiting)
        np.minimum.at(next_, pairs.second, waiting)
        now = (waiting < never) & (waiting == next_[pairs.first]) & (waiting == next_[pairs.second])
        taken |= now
        busy = np.zeros(pairs.nodes, dtype=bool)
        busy[pairs.first[now]] = busy[pairs.second[now]] = True
        waiting[busy[pairs.first] | busy[pairs.second]] = never
    return taken
