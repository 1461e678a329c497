"""The base of all channels: their routes, the keys of their draws, and rounds in two halves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import IndexArray, Rows, Wire
from p2pbo.compression import Codec, NotFinite
from p2pbo.network.channels.edge_groups import EdgeGroup
from p2pbo.network.checkpointing import CheckpointRows
from p2pbo.network.links.state import Up
from p2pbo.network.mixing.delays import NoDelay
from p2pbo.network.streams import Sent
from p2pbo.randomness import Keys, keys
from p2pbo.topology import Topology

Scope = Literal["edge", "node"]

T = TypeVar("T", bound=Sent)
"""What a channel's stream passes in a round."""


@dataclass(frozen=True)
class Route:
    """A group of edges, a stream's codec on it, whether it joins nodes of this rank, and by how much it is late."""

    group: EdgeGroup
    codec: Codec
    local: bool
    late: int


class DrawKeys:
    """The keys of a stream's draws: each edge draws for itself (scope "edge"), or each node for all its edges ("node").

                           edge                    node
    mask of a state        (round, {i, j})         (round)        equal states stay exactly equal
    difference of a state  (round, i → j)          (round)
    innovation             (round, i → j)          (round, i)     independent from node to node, as He 2024 asks

    Edges are numbered as in the topology.

    Attributes:
        source, target: the ends of every directed edge.
    """

    def __init__(self, seed: int, stream: str, topology: Topology, scope: Scope = "edge") -> None:
        self._seed, self._purpose, self._by_node = seed, f"channel {stream}", scope == "node"
        self.source, self.target, self._nodes = topology.source, topology.target, topology.nodes

    def masks(self, round_: int, edges: IndexArray) -> Keys:
        """Return a state's mask keys, the same for both directions of an edge."""
        source, target = self._ends(edges)
        return self._state(round_, np.minimum(source, target), np.maximum(source, target))

    def differences(self, round_: int, edges: IndexArray) -> Keys:
        """Return a difference's keys, one for each directed edge."""
        return self._state(round_, *self._ends(edges))

    def innovations(self, round_: int, edges: IndexArray) -> Keys:
        """Return an innovation's keys, one for each directed edge or for each sender."""
        return self._innovation(round_, *self._ends(edges))

    def own(self, round_: int, nodes: IndexArray) -> Keys:
        """Return the keys of the codec that a node's own innovation passes through."""
        return self._innovation(round_, nodes, nodes)

    def _state(self, round_: int, source: IndexArray, target: IndexArray) -> Keys:
        if self._by_node:
            return np.broadcast_to(self._keys(round_), source.shape)
        return self._keys(round_, source * self._nodes + target)

    def _innovation(self, round_: int, source: IndexArray, target: IndexArray) -> Keys:
        return self._keys(round_, source if self._by_node else source * self._nodes + target)

    def _ends(self, edges: IndexArray) -> tuple[IndexArray, IndexArray]:
        return self.source[edges], self.target[edges]

    def _keys(self, *words: int | NDArray[np.int64]) -> Keys:
        return keys(self._seed, self._purpose, *words)


@dataclass(frozen=True)
class ChannelEdges:
    """What a stream's channel is made for: codecs, routes and weights of this rank's edges.

    Attributes:
        codecs: of every directed edge of the network, as the topology numbers them.
        leaving, arriving: the edges of this rank's nodes; pairs of the same edges both ways where these are of one
            kind.
        self_weight: w_ii of the hosted nodes.
        draws: the keys of the stream's draws.
        arrivals: of contributions to the rows.
        note_bytes: of what every payload carries behind its code.
    """

    codecs: Sequence[Codec]
    leaving: Sequence[Route]
    arriving: Sequence[Route]
    self_weight: NDArray[np.float64]
    draws: DrawKeys
    delay_line: NoDelay
    note_bytes: int = 0

    def backs(self) -> list[IndexArray]:
        """Return where the reverse of each arriving edge stands in the leaving route that is its route's pair."""
        return [into.group.back(out.group) for out, into in zip(self.leaving, self.arriving, strict=True)]


def encode(codec: Codec, rows: Rows, source: IndexArray, keys: Keys, wire: Wire) -> None:
    """Write the codes of ``rows``, which the hosted rows ``source`` send.

    Raises:
        NotFinite: a row cannot be sent; names the hosted row.
    """
    try:
        codec.encode(rows, keys, wire)
    except NotFinite as error:
        raise NotFinite(int(source[error.row])) from None


class Channel(ABC, Generic[T]):
    """One stream of rows over all edges of this rank.

    Attributes:
        varying: whether payloads differ in length from round to round.
    """

    varying: ClassVar[bool] = False

    def __init__(self, edges: ChannelEdges) -> None:
        self.leaving, self.arriving, self.draws = edges.leaving, edges.arriving, edges.draws
        self.self_weight = edges.self_weight[:, None]
        self.delay_line = edges.delay_line
        codes = [self.code_bytes(codec) for codec in edges.codecs]
        self._edge_bytes = np.array(codes, dtype=np.int64) + edges.note_bytes
        self.round = 0

    @property
    def edge_bytes(self) -> NDArray[np.int64]:
        """The payload of every directed edge of the network in this round."""
        return self._edge_bytes

    @property
    def most_edge_bytes(self) -> NDArray[np.int64]:
        """The longest payload of every directed edge in any round."""
        return self._edge_bytes

    def code_bytes(self, codec: Codec) -> int:
        """Return the payload of an edge with this codec."""
        return codec.wire_bytes

    def wire_shapes(self, routes: Sequence[Route], peer: int) -> list[tuple[int, int]]:
        """Return edges × bytes of the payloads of the routes to ``peer``, or from it, in this round.

        Where those of a route differ in length they are one line of 1 × bytes.
        """
        groups = [route.group for route in routes if route.group.peer == peer]
        if self.varying:
            return [(1, int(self.edge_bytes[group.edges].sum())) for group in groups]
        return [(len(group.edges), int(self.edge_bytes[group.edges[0]])) for group in groups]

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """Return the rows that the channel keeps from round to round."""
        return self.delay_line.checkpoint_rows()

    def recover(self) -> None:
        """Forget what the dead have a share in; all who live call it after the same step."""

    def begin_again(self) -> None:
        """Forget all that it keeps, as its other end does; by default that is 0 before the first round."""
        for kept in self.checkpoint_rows():
            kept.rows.fill(0)

    def used(self, sent: T) -> Up | None:
        """Return the directed edges that this round's rows use; None: all."""
        return None

    @abstractmethod
    def send(self, sent: T, wires: Sequence[Wire], up: Up | None) -> None:
        """Write what leaves over each route; the rows (hosted×dim) must stay as they are until :meth:`receive`.

        Of edges that are not ``up`` (None: all are) the payloads are lost, and nothing is remembered of them.
        """

    @abstractmethod
    def receive(self, sent: T, wires: Sequence[Wire], up: Up | None) -> Rows:
        """Return what becomes of the rows that were sent, from what arrived over each route, and end the round.

        What came over other edges than those that are ``up`` may be anything.
        """
