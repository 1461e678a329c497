"""The schedule of a graph that stays as it is."""

from __future__ import annotations

from p2pbo.network.links.schedules import SCHEDULES, Schedule
from p2pbo.network.links.undirected_edges import Pairs


@SCHEDULES.register("all")
def every(pairs: Pairs, seed: int, /) -> Schedule:
    """All edges in every round."""
    return lambda round_: None
