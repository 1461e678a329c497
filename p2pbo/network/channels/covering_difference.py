"""The covering channel through codecs: both ends of a directed edge keep a replica r_{i→j} of what j knows of s_i.

q_{i→j} = C((s_i − r_{i→j})[m_i]),   r_{i→j}[m_i] ← r_{i→j}[m_i] + q/(1+ω)     (biased codecs: + q)
s_i,k⁺ = s_i,k + γ Σ_{j≠i} w_ij m_jk (r_{j→i,k} − b_k) / Σ_j w_ij m_jk
b_k = r_{i→j,k} where k is one of i's own entries, else s_i,k

The denominator includes i; where it is 0, s_i,k stays. With whole rows this is the difference channel. An edge's two
codecs differ where its ends send different numbers of entries; γ is then the smaller one's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from p2pbo.arrays import Rows, Wire
from p2pbo.network.channels.channel import ChannelEdges, Route, encode
from p2pbo.network.channels.edge_groups import EdgeGroup
from p2pbo.network.channels.partial import PartialChannel, divided
from p2pbo.network.checkpointing import CheckpointRows
from p2pbo.network.links.state import Up
from p2pbo.network.rank_network import RankNetwork
from p2pbo.network.row_parts import RowPart
from p2pbo.network.streams import PartialRows


class CoveringDifferenceChannel(PartialChannel):
    """Averages replicas over those who sent an entry; any codec's messages keep them up to date."""

    def __init__(
        self, edges: ChannelEdges, own: RankNetwork, dim: int, consensus_step: float | None = None
    ) -> None:
        super().__init__(edges, own, dim)
        groups = [route.group for route in (*edges.leaving, *edges.arriving)]
        self._replicas = {edge: np.zeros(dim, own.dtype) for group in groups for edge in group.edges.tolist()}
        steps = [codec.consensus_step for codec in edges.codecs]
        gamma = np.array(steps) if consensus_step is None else np.full(len(steps), consensus_step)
        self._rates = [  # γ w of each arriving edge
            np.minimum(gamma[group.edges], gamma[group.reverse]) * group.weight
            for group in (route.group for route in edges.arriving)
        ]

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """Return r of every edge, of which the other end has the same."""
        mine = {edge for route in self.leaving for edge in route.group.edges.tolist()}
        return super().checkpoint_rows() + [
            CheckpointRows("replica", "edge", np.array([edge]), replica[None], edge in mine)
            for edge, replica in self._replicas.items()
        ]

    def send(self, sent: PartialRows, wires: Sequence[Wire], up: Up | None) -> None:
        """Write q of every edge, and the note; let its replica follow."""
        S, entries = sent
        for route, wire in zip(self.leaving, wires, strict=True):
            group, (code, notes) = route.group, divided(route, wire)
            rows = [S[i] for i in group.row]
            parts = [entries.own[i] for i in group.row]
            known = [self._replicas[edge] for edge in group.edges.tolist()]
            differences = [s[m] - r[m] for s, r, m in zip(rows, known, parts, strict=True)]
            keys = self.draws.differences(self.round, group.edges)
            encode(route.codec, np.stack(differences), group.row, keys, code)
            notes[...] = entries.notes[group.row]
            self._follow(route, code, self.own(entries), up)

    def receive(self, sent: PartialRows, wires: Sequence[Wire], up: Up | None) -> Rows:
        """Return S + γ Σ w m_j (r_{j→i} − b) / W m."""
        S, entries = sent
        parts = self.parts(entries, wires, up)
        for route, wire in zip(self.arriving, wires, strict=True):
            if not route.local:
                self._follow(route, divided(route, wire)[0], parts, up)
        weights = self.weights(parts, up)
        steps = [np.zeros_like(S) for _ in range(self.delay_line.delay + 1)]
        for route, rates in zip(self.arriving, self._rates, strict=True):
            self._pull(steps[route.late], S, route.group, rates, parts, up)
        for step in steps:
            np.divide(step, weights, out=step, where=weights > 0)
        mixed = np.add(S, steps[0], out=steps[0])
        for late, step in enumerate(steps[1:], start=1):
            into = self.delay_line.into(late, mixed)
            into += step
        self.delay_line.arrive(mixed)
        self.round += 1
        return mixed

    def _pull(
        self,
        steps: Rows,
        S: Rows,
        group: EdgeGroup,
        rates: np.ndarray,
        parts: dict[int, RowPart],
        up: Up | None,
    ) -> None:
        """Add γ w m_j (r_{j→i} − b) to each row i that the group's edges reach."""
        ends = np.stack([group.row, group.node, group.edges, group.reverse], axis=1)
        at = group.at(up)
        for (i, j, edge, back), rate in zip(ends[at].tolist(), rates[at].tolist(), strict=True):
            m = parts[j]
            b = np.where(self.masks[i][m], self._replicas[back][m], S[i][m])
            steps[i][m] += rate * (self._replicas[edge][m] - b)

    def _follow(self, route: Route, code: Wire, parts: dict[int, RowPart], up: Up | None) -> None:
        """Add q/(1+ω) to r[m]; ``parts`` are those of the nodes that the edges leave."""
        at = route.group.at(up)
        codec, edges = route.codec, route.group.edges[at]
        q = np.empty((len(edges), codec.dim), codec.dtype)
        codec.decode(code[at], self.draws.differences(self.round, edges), q)
        q *= codec.rate
        senders = self.draws.source[edges].tolist()
        for edge, m, change in zip(edges.tolist(), (parts[j] for j in senders), q, strict=True):
            self._replicas[edge][m] += change
