"""What a run's network compresses: the codec of every edge for every variable, and how states cross lossy edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from p2pbo.compression import Codec, codec
from p2pbo.network.channels.channel import Channel, Edges, Route
from p2pbo.network.channels.covering import Covering
from p2pbo.network.channels.covering_difference import CoveringDifference
from p2pbo.network.channels.difference import Difference
from p2pbo.network.channels.exact import Exact
from p2pbo.network.channels.innovation import Innovations
from p2pbo.network.channels.masked import Masked
from p2pbo.network.draws import Draws, Scope
from p2pbo.network.lanes import crossings, lanes
from p2pbo.network.placement import Placement
from p2pbo.network.plan import Plan
from p2pbo.network.streams import Stream
from p2pbo.topology import Topology

NONE = "none"
"""The codec that leaves rows as they are; "identity" is another name for it."""


def exact(spec: str) -> bool:
    """Whether a codec leaves rows as they are."""
    return spec in (NONE, "identity")


def repeated(spec: str, rounds: int) -> str:
    """The codec with R rounds of multi-step compression."""
    return spec if rounds == 1 or exact(spec) else f"msc:{rounds}:{spec}"


@dataclass(frozen=True)
class Compression:
    """Codecs by variable ("x", "y", "z") and directed edge, alike in both directions of an edge.

    Attributes:
        codecs: variable → each directed edge's codec; variables that are not named are not compressed.
        own: variable → the codec that a node's own innovation passes through.
        channel: how states cross lossy edges; "auto": masked where the codec has positions, else difference. Parts of
            rows cross them by difference.
        scope: whether each edge or each node draws for itself.
        consensus_step: γ of the difference channel; None: the codec's own.
        seed: of the draws.
    """

    codecs: Mapping[str, Sequence[str]]
    own: Mapping[str, str]
    channel: Literal["auto", "masked", "difference"] = "auto"
    scope: Scope = "edge"
    consensus_step: float | None = None
    seed: int = 0

    def lossy(self, variable: str) -> bool:
        """Whether any edge changes what a variable sends."""
        return not all(map(exact, self.codecs.get(variable, ())))

    def open(
        self, stream: Stream, topology: Topology, placement: Placement, plan: Plan, dtype: np.dtype[Any]
    ) -> Channel:
        """The channel of one stream for one rank.

        Raises:
            InputError: a codec does not fit the rows, or the number of entries that a node sends of them.
        """
        dim, lossy = stream.rows.shape[1], self.lossy(stream.variable)
        own = codec(repeated(self.own.get(stream.variable, NONE), stream.rounds), dim, dtype)
        edges = self._edges(stream, topology, placement, plan, dtype)
        if stream.innovation:
            return Innovations(edges, own, np.asarray(plan.hosted), stream.delta)
        if stream.entries is not None and lossy:
            return CoveringDifference(edges, plan, dim, dtype, self.consensus_step)
        if stream.entries is not None:
            return Covering(edges, plan, dim, dtype)
        if not lossy:
            return Exact(edges)
        if self._masked([own, *edges.codecs]):
            return Masked(edges)
        return Difference(edges, self.consensus_step)

    def _edges(
        self, stream: Stream, topology: Topology, placement: Placement, plan: Plan, dtype: np.dtype[Any]
    ) -> Edges:
        """Edges of one codec and width are of one kind; as they are, parts of rows go once to each rank."""
        entries, whole = stream.entries, stream.rows.shape[1]
        widths = np.full(topology.nodes, whole) if entries is None else entries.sizes
        specs = self.codecs.get(stream.variable, [NONE] * len(topology.source))
        kinds = list(zip(specs, widths[topology.source].tolist(), strict=True))
        planned = {
            kind: codec(repeated(kind[0], stream.rounds), kind[1], dtype) for kind in sorted(set(kinds))
        }
        codecs = [planned[kind] for kind in kinds]
        once = crossings(topology, placement) if entries and not self.lossy(stream.variable) else None
        leaving, arriving = (
            [Route(lane, codecs[lane.edges[0]], lane.peer == plan.rank) for lane in found]
            for found in lanes(topology, placement, plan.rank, kinds, once)
        )
        return Edges(
            codecs,
            leaving,
            arriving,
            topology.self_weight[plan.hosted.start : plan.hosted.stop],
            Draws(self.seed, stream.name, topology, self.scope),
            0 if entries is None else entries.notes.shape[1],
        )

    def _masked(self, codecs: Sequence[Codec]) -> bool:
        return self.channel != "difference" and all(codec.entries is not None for codec in codecs)
