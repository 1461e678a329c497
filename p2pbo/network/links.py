"""Which edges carry a round: all of them, unless nodes have died."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from p2pbo.topology import Topology

Up = NDArray[np.bool_]
"""For every directed edge, as the topology numbers them, whether it carries; alike in both directions."""


class Links:
    """The edges of one network, round after round, as one rank knows them."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._alive: Up | None = None

    def up(self, round_: int) -> Up | None:
        """The edges that carry round ``round_`` (counted over all kinds of rounds); None: all."""
        return self._alive

    def bury(self, nodes: Iterable[int]) -> None:
        """Nodes that have died: their edges carry nothing any more."""
        dead = np.isin(np.arange(self._topology.nodes), list(nodes))
        alive = ~(dead[self._topology.source] | dead[self._topology.target])
        self._alive = alive if self._alive is None else self._alive & alive
