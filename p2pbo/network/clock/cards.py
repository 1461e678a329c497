"""Network cards: what a node sends in a round shares its bandwidth, and so does what it receives; both ways at once.

out    messages go side by side with equal shares, so that message e has left after  Σ_l min(b_l, b_e) / B
in     messages that begin to arrive at s_1 ≤ s_2 ≤ … have all come at  max_e (s_e + Σ_{l ≥ e} b_l / B):  the card is
       not idle while one is on its way, whatever their order

Against shares that are fair at both ends at once, round after round, this is exact where cards and messages are alike,
and else some percent off (tests/network/clock/test_cards.py).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from p2pbo.topology import Topology

Reals = NDArray[np.float64]


class Cards:
    """The cards of all nodes of a topology.

    Args:
        topology: edges below are its directed ones.
        bandwidth: bytes per second of each node's card, (K,), out and in.
    """

    def __init__(self, topology: Topology, bandwidth: Reals) -> None:
        self._source, self._target, self._bandwidth = topology.source, topology.target, bandwidth

    def sending(self, edge_bytes: NDArray[np.int64]) -> Reals:
        """Return for how many seconds each edge's message leaves its sender, (E,)."""
        order = np.lexsort((edge_bytes, self._source))  # the shortest first
        source, size = self._source[order], edge_bytes[order]
        longer = np.searchsorted(source, source, side="right") - np.arange(1, len(source) + 1)
        seconds = np.empty(len(source))
        seconds[order] = (_sums_within(source, size) + longer * size) / self._bandwidth[source]
        return seconds

    def received(self, starts: Reals, edge_bytes: NDArray[np.int64]) -> tuple[NDArray[np.int64], Reals]:
        """Return the edges in another order, and when at the earliest all has come to the receiver of each.

        The last of the moments of one receiver is the true one. ``starts`` are the seconds at which each edge's message
        begins to arrive, (E,).
        """
        order = np.lexsort((-starts, self._target))  # the last to begin comes first
        target = self._target[order]
        return order, starts[order] + _sums_within(target, edge_bytes[order]) / self._bandwidth[target]


def _sums_within(groups: NDArray[np.int64], values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return running sums that begin anew in each group; ``groups`` is sorted."""
    before = np.concatenate([[0], np.cumsum(values)])
    sums: NDArray[np.int64] = before[1:] - before[np.searchsorted(groups, groups)]
    return sums
