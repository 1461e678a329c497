"""The schedule of a graph that stays as it is."""

from __future__ import annotations

from p2pbo.network.pairs import Pairs
from p2pbo.network.schedules import SCHEDULES, Schedule


@SCHEDULES.register("all")
def every(pairs: Pairs, seed: int, /) -> Schedule:
    """All edges in every round."""
    return lambda round_: None
