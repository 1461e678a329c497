"""The exact channel: rows as they are, for a variable without a codec beside others that have one.

s_i⁺ = w_ii s_i + Σ_j w_ij s_j        an edge that is down gives its weight back to w_ii
Δ_i  = Σ_j w_ij (s_i − s_j)           the same as (I − W) S, of which the sum over i is 0
s_i⁺ = max(s_i, max_j s_j)            over the edges that are up
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from p2pbo.arrays import Rows, Wire
from p2pbo.network.channels.channel import Channel
from p2pbo.network.links.state import Up


class ExactChannel(Channel[Rows]):
    """W S of rows as they are."""

    def send(self, S: Rows, wires: Sequence[Wire], up: Up | None) -> None:
        """Write the rows of every edge."""
        for route, wire in zip(self.leaving, wires, strict=True):
            S.take(route.group.row, axis=0, out=wire.view(S.dtype))

    def receive(self, S: Rows, wires: Sequence[Wire], up: Up | None) -> Rows:
        """Return W S."""
        mixed = self._own_weight(up).astype(S.dtype) * S
        for route, wire in zip(self.arriving, wires, strict=True):
            group, arrived = route.group, wire.view(S.dtype)
            for turn in group.turns(up):
                mixed[group.row[turn]] += group.weight[turn, None].astype(S.dtype) * arrived[turn]
        self.round += 1
        return mixed

    def _own_weight(self, up: Up | None) -> Rows:
        if up is None:
            return self.self_weight
        weight = self.self_weight.copy()
        for group in (route.group for route in self.arriving):
            down = ~up[group.edges]
            np.add.at(weight[:, 0], group.row[down], group.weight[down])
        return weight


class LaplacianChannel(ExactChannel):
    """(I − W) S, as differences in float64: what i loses to j, j gains from i."""

    def receive(self, S: Rows, wires: Sequence[Wire], up: Up | None) -> Rows:
        """Return Σ_j w_ij (s_i − s_j)."""
        exact = S.astype(np.float64)
        differences = np.zeros_like(exact)
        for route, wire in zip(self.arriving, wires, strict=True):
            group, arrived = route.group, wire.view(S.dtype)
            for turn in group.turns(up):
                differences[group.row[turn]] += group.weight[turn, None] * (
                    exact[group.row[turn]] - arrived[turn]
                )
        self.round += 1
        return differences.astype(S.dtype, copy=False)


class MaximumChannel(ExactChannel):
    """The largest of a node's own rows and its neighbours', entry by entry."""

    def receive(self, S: Rows, wires: Sequence[Wire], up: Up | None) -> Rows:
        """Return the maximum."""
        largest = S.copy()
        for route, wire in zip(self.arriving, wires, strict=True):
            group, arrived = route.group, wire.view(S.dtype)
            for turn in group.turns(up):
                largest[group.row[turn]] = np.maximum(largest[group.row[turn]], arrived[turn])
        self.round += 1
        return largest
