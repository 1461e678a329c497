"""What every channel has: its routes, the keys of its draws, and rounds in two halves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from p2pbo.compression import Codec
from p2pbo.network.draws import Draws
from p2pbo.network.lanes import Lane
from p2pbo.network.mixing import Rows

Wire = NDArray[np.uint8]
"""One lane's payloads of one round, edge after edge: edges × bytes."""


@dataclass(frozen=True)
class Route:
    """A lane, the codec of one stream on it, and whether both ends are nodes of this rank."""

    lane: Lane
    codec: Codec
    local: bool


@dataclass(frozen=True)
class Edges:
    """What a stream's channel is made for.

    Attributes:
        codecs: of every directed edge of the network, as the topology numbers them.
        routes: the edges of this rank's nodes.
        self_weight: w_ii of the hosted nodes.
        draws: the keys of the stream's draws.
    """

    codecs: Sequence[Codec]
    routes: Sequence[Route]
    self_weight: NDArray[np.float64]
    draws: Draws


class Channel(ABC):
    """One stream of rows over all edges of this rank."""

    def __init__(self, edges: Edges) -> None:
        self.routes, self.draws = edges.routes, edges.draws
        self.self_weight = edges.self_weight[:, None]
        self.edge_bytes = np.array([self.wire_bytes(codec) for codec in edges.codecs], dtype=np.int64)
        self.round = 0

    def wire_bytes(self, codec: Codec) -> int:
        """The payload of an edge with this codec."""
        return codec.wire_bytes

    @abstractmethod
    def send(self, S: Rows, wires: Sequence[Wire]) -> None:
        """Write what leaves over each route; ``S`` (hosted×dim) must stay as it is until :meth:`receive`."""

    @abstractmethod
    def receive(self, S: Rows, wires: Sequence[Wire], consumed: bool) -> Rows:
        """What becomes of the rows that were sent, from what arrived over each route; ends the round.

        Where ``S`` is ``consumed`` it may be overwritten and returned.
        """
