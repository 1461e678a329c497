"""The schedule that uses every edge in every round."""

from __future__ import annotations

from p2pbo.network.links.schedules import LINK_SCHEDULES, LinkSchedule
from p2pbo.network.links.undirected_edges import UndirectedEdges


@LINK_SCHEDULES.register("all")
def every(pairs: UndirectedEdges, seed: int, /) -> LinkSchedule:
    """All edges in every round."""
    return lambda round_: None
