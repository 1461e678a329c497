"""When nodes and edges of a simulation fail, in seconds of its time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from p2pbo.asynchronous.node_edges import Reals


class Failures(NamedTuple):
    """The times of failures; infinite: never.

    Attributes:
        nodes: from which a node takes no step and sends nothing, (K,).
        edges: from which nothing arrives over a directed edge, (E,).
    """

    nodes: Reals
    edges: Reals

    @classmethod
    def never(cls, nodes: int, edges: int) -> Failures:
        """Return the times of so many nodes and directed edges, none of which fails."""
        return cls(np.full(nodes, np.inf), np.full(edges, np.inf))
