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
from p2pbo.network.channels.draw_keys import Draws, Scope
from p2pbo.network.channels.edge_groups import crossings, lanes
from p2pbo.network.channels.exact import Exact, ExactLaplacian
from p2pbo.network.channels.handed import Handed
from p2pbo.network.channels.innovation import Innovations
from p2pbo.network.channels.masked import Masked
from p2pbo.network.links.state import Links
from p2pbo.network.mixing.delays import arrivals
from p2pbo.network.placement import Placement
from p2pbo.network.plan import Plan
from p2pbo.network.streams import Stream
from p2pbo.topology import Topology

NONE = "none"
"""The codec that leaves rows as they are; "identity" is another name for it."""


def exact(spec: str) -> bool:
    """Tell whether a codec leaves rows as they are."""
    return spec in (NONE, "identity")


def repeated(spec: str, rounds: int) -> str:
    """Return the codec with R rounds of multi-step compression."""
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
        """Tell whether any edge changes what a variable sends."""
        return not all(map(exact, self.codecs.get(variable, ())))

    def open(
        self,
        stream: Stream,
        topology: Topology,
        placement: Placement,
        plan: Plan,
        dtype: np.dtype[Any],
        links: Links,
    ) -> Channel:
        """The channel of one stream for one rank; rows that no codec changes but that are late cross by difference.

        Raises:
            InputError: a codec does not fit the rows, or the number of entries that a node sends of them.
        """
        dim, lossy = stream.rows.shape[1], self.lossy(stream.variable)
        own = codec(repeated(self.own.get(stream.variable, NONE), stream.rounds), dim, dtype)
        whole = not lossy and not links.delay
        edges = self._edges(stream, topology, placement, plan, dtype, links, once=whole)
        step = self.consensus_step if lossy else None
        if stream.to is not None:
            return Handed(edges)
        if stream.innovation:
            return Innovations(edges, own, np.asarray(plan.hosted), stream.delta, stream.of_memory)
        if stream.entries is not None:
            return (
                Covering(edges, plan, dim, dtype)
                if whole
                else CoveringDifference(edges, plan, dim, dtype, step)
            )
        if whole:
            return ExactLaplacian(edges) if stream.laplacian else Exact(edges)
        if self._masked([own, *edges.codecs]):
            return Masked(edges)
        return Difference(edges, step)

    def _edges(
        self,
        stream: Stream,
        topology: Topology,
        placement: Placement,
        plan: Plan,
        dtype: np.dtype[Any],
        links: Links,
        once: bool,
    ) -> Edges:
        """Edges of one codec, width and lateness are of one kind; parts of rows may go ``once`` to each rank."""
        entries, whole = stream.entries, stream.rows.shape[1]
        widths = np.full(topology.nodes, whole) if entries is None else entries.sizes
        specs = self.codecs.get(stream.variable, [NONE] * len(topology.source))
        kinds = list(zip(specs, widths[topology.source].tolist(), links.late.tolist(), strict=True))
        planned = {
            (spec, width): codec(repeated(spec, stream.rounds), width, dtype)
            for spec, width, _ in sorted(set(kinds))
        }
        codecs = [planned[spec, width] for spec, width, _ in kinds]
        crossing = crossings(topology, placement) if entries and once else None
        damping = 1.0 if stream.innovation else links.damping
        leaving, arriving = (
            [
                Route(lane, codecs[lane.edges[0]], lane.peer == plan.rank, int(links.late[lane.edges[0]]))
                for lane in found
            ]
            for found in lanes(topology, placement, plan.rank, damping * topology.weight, kinds, crossing)
        )
        return Edges(
            codecs,
            leaving,
            arriving,
            topology.self_weight[plan.hosted.start : plan.hosted.stop],
            Draws(self.seed, stream.name, topology, self.scope),
            arrivals(links, plan.hosted, whole, dtype),
            0 if entries is None else entries.notes.shape[1],
        )

    def _masked(self, codecs: Sequence[Codec]) -> bool:
        return self.channel != "difference" and all(codec.entries is not None for codec in codecs)
