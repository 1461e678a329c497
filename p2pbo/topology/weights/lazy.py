"""Lazy weights."""

from __future__ import annotations

from p2pbo.topology.edges import Edges, Reals
from p2pbo.topology.weights import WEIGHTS


@WEIGHTS.register("lazy", argument="base")
def lazy(edges: Edges, /, *, base: str = "metropolis") -> Reals:
    """½ (I + W) of other weights, Metropolis if unsaid: no eigenvalue below 0 where W has none below −1.

    Args:
        base: the weights that are made lazy.
    """
    return WEIGHTS.make(base, edges) / 2
