"""What a run's network compresses: the codec of every edge for every variable, and how states cross lossy edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from p2pbo.compression import Codec, codec
from p2pbo.network.channels.channel import Channel, Edges, Route
from p2pbo.network.channels.difference import Difference
from p2pbo.network.channels.exact import Exact
from p2pbo.network.channels.innovation import Innovations
from p2pbo.network.channels.masked import Masked
from p2pbo.network.draws import Draws, Scope
from p2pbo.network.lanes import lanes
from p2pbo.network.placement import Placement
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
        channel: how states cross lossy edges; "auto": masked where the codec has positions, else difference.
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
        self, stream: Stream, topology: Topology, placement: Placement, rank: int, dtype: np.dtype[Any]
    ) -> Channel:
        """The channel of one stream for one rank."""
        specs = self.codecs.get(stream.variable, [NONE] * len(topology.source))
        own = self.own.get(stream.variable, NONE)
        dim = stream.rows.shape[1]
        planned = {spec: codec(repeated(spec, stream.rounds), dim, dtype) for spec in sorted({*specs, own})}
        hosted = placement.hosted(rank)
        edges = Edges(
            [planned[spec] for spec in specs],
            [
                Route(lane, planned[lane.spec], lane.peer == rank)
                for lane in lanes(topology, placement, rank, specs)
            ],
            topology.self_weight[hosted.start : hosted.stop],
            Draws(self.seed, stream.name, topology, self.scope),
        )
        if stream.innovation:
            return Innovations(edges, planned[own], np.arange(hosted.start, hosted.stop), stream.delta)
        if not self.lossy(stream.variable):
            return Exact(edges)
        if self._masked(list(planned.values())):
            return Masked(edges)
        return Difference(edges, self.consensus_step)

    def _masked(self, codecs: Sequence[Codec]) -> bool:
        return self.channel != "difference" and all(codec.entries is not None for codec in codecs)
