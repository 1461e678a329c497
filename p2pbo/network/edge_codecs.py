"""The codec of every edge for every variable, and the channels by which states cross lossy edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from p2pbo.compression import Codec, codec
from p2pbo.compression.low_rank import Shapes
from p2pbo.network.channels.channel import Channel, ChannelEdges, DrawKeys, Route, Scope
from p2pbo.network.channels.covering import CoveringChannel
from p2pbo.network.channels.covering_difference import CoveringDifferenceChannel
from p2pbo.network.channels.difference import DifferenceChannel
from p2pbo.network.channels.edge_groups import crossings, edge_groups
from p2pbo.network.channels.exact import ExactChannel, LaplacianChannel, MaximumChannel
from p2pbo.network.channels.handover import HandoverChannel
from p2pbo.network.channels.innovation import InnovationChannel
from p2pbo.network.channels.low_rank import LowRankChannel
from p2pbo.network.channels.masked import MaskedChannel
from p2pbo.network.mixing.delays import delay_line
from p2pbo.network.rank_network import RankNetwork
from p2pbo.network.streams import (
    Consensus,
    Handover,
    Innovation,
    Laplacian,
    Maximum,
    PartialConsensus,
    Push,
    Stream,
)

NONE = "none"
"""The codec that leaves rows as they are; "identity" is another name for it."""


def exact(spec: str) -> bool:
    """Tell whether a codec leaves rows as they are."""
    return spec in (NONE, "identity")


def repeated(spec: str, rounds: int) -> str:
    """Return the codec with R rounds of multi-step compression."""
    return spec if rounds == 1 or exact(spec) else f"msc:{rounds}:{spec}"


@dataclass(frozen=True)
class EdgeCodecs:
    """Codecs by variable ("x", "y", "z") and directed edge, alike in both directions of an edge.

    Attributes:
        codecs: variable → each directed edge's codec; variables that are not named are not compressed.
        own: variable → the codec that a node's own innovation passes through.
        channel: how states cross lossy edges; "auto": masked where the codec has positions, along directions where it
            has a rank, else difference. Parts of rows cross them by difference.
        scope: whether each edge or each node draws for itself.
        consensus_step: γ of the difference channel; None: the codec's own.
        seed: of the draws.
        shapes: variable → the tensors that its rows are made of, one after another, for codecs that see them as
            matrices; rows of variables that are not named are one vector.
    """

    codecs: Mapping[str, Sequence[str]]
    own: Mapping[str, str]
    channel: Literal["auto", "masked", "difference"] = "auto"
    scope: Scope = "edge"
    consensus_step: float | None = None
    seed: int = 0
    shapes: Mapping[str, Shapes] = field(default_factory=dict)

    def lossy(self, variable: str) -> bool:
        """Tell whether any edge changes what a variable sends."""
        return not all(map(exact, self.codecs.get(variable, ())))

    def channel_of(self, stream: Stream, dim: int, own: RankNetwork) -> Channel[Any]:
        """Return the channel of one stream of rows for one rank; whole rows that are late cross by difference.

        Raises:
            InputError: a codec does not fit the rows, or the number of entries that a node sends of them.
        """
        own = replace(own, dtype=stream.dtype(own.dtype))
        lossy, kind = self.lossy(stream.variable), stream.kind
        whole = not lossy and not own.links.delay
        step = self.consensus_step if lossy else None
        edges = self._edges(stream, dim, own, once=whole and isinstance(kind, PartialConsensus))
        match kind:
            case Handover():
                return HandoverChannel(edges)
            case Innovation():
                return InnovationChannel(
                    edges, self._own(stream, dim, own), np.asarray(own.plan.hosted), kind
                )
            case PartialConsensus():
                return (
                    CoveringChannel(edges, own, dim)
                    if whole
                    else CoveringDifferenceChannel(edges, own, dim, step)
                )
            case Laplacian():
                return LaplacianChannel(edges)
            case Maximum():
                return MaximumChannel(edges)
            case Push():
                return ExactChannel(edges)
            case Consensus(donated):
                if whole:
                    return ExactChannel(edges)
                if edges.codecs and all(coder.rank is not None for coder in edges.codecs):
                    return LowRankChannel(edges, donated, self.shapes.get(stream.variable, [(dim,)]))
                if self._masked([self._own(stream, dim, own), *edges.codecs]):
                    return MaskedChannel(edges, donated)
                return DifferenceChannel(edges, donated, step)

    def _own(self, stream: Stream, dim: int, own: RankNetwork) -> Codec:
        """Return the codec that a node's own rows pass through."""
        return codec(repeated(self.own.get(stream.variable, NONE), _rounds(stream)), dim, own.dtype)

    def _edges(self, stream: Stream, dim: int, own: RankNetwork, once: bool) -> ChannelEdges:
        """Plan the edges of a stream; those of one codec, width and lateness are a group.

        What is the same for all neighbours may go ``once`` to each rank.
        """
        plan, links, kind = own.plan, own.links, stream.kind
        topology = plan.topology
        widths = kind.sizes if isinstance(kind, PartialConsensus) else np.full(topology.nodes, dim)
        specs = self.codecs.get(stream.variable, [NONE] * len(topology.source))
        keys = list(zip(specs, widths[topology.source].tolist(), links.late.tolist(), strict=True))
        planned = {
            (spec, width): codec(repeated(spec, _rounds(stream)), width, own.dtype)
            for spec, width, _ in sorted(set(keys))
        }
        codecs = [planned[spec, width] for spec, width, _ in keys]
        damping = 1.0 if isinstance(kind, Innovation) else links.damping
        leaving, arriving = (
            [
                Route(group, codecs[group.edges[0]], group.peer == plan.rank, int(links.late[group.edges[0]]))
                for group in groups
            ]
            for groups in edge_groups(
                plan, damping * topology.weight, keys, crossings(topology, plan.placement) if once else None
            )
        )
        return ChannelEdges(
            codecs,
            leaving,
            arriving,
            topology.self_weight[plan.hosted.start : plan.hosted.stop],
            DrawKeys(self.seed, stream.drawn_by, topology, self.scope),
            delay_line(links, plan.hosted, dim, own.dtype),
            kind.note_bytes if isinstance(kind, PartialConsensus) else 0,
        )

    def _masked(self, codecs: Sequence[Codec]) -> bool:
        return self.channel != "difference" and all(codec.entries is not None for codec in codecs)


def _rounds(stream: Stream) -> int:
    """Return R of multi-step compression, which innovations alone have."""
    return stream.kind.rounds if isinstance(stream.kind, Innovation) else 1
