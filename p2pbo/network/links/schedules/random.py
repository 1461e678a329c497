"""Random graphs: a part of the edges, drawn anew for every round."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from p2pbo.network.links.schedules import LINK_SCHEDULES, LinkSchedule
from p2pbo.network.links.undirected_edges import UndirectedEdges
from p2pbo.randomness import keys, uniform


@LINK_SCHEDULES.register("random", argument="p")
def random(
    pairs: UndirectedEdges, seed: int, /, *, p: Annotated[float, Field(gt=0, le=1)] = 0.5
) -> LinkSchedule:
    """Each edge with probability P, independent from round to round.

    Args:
        p: probability that an edge is used in a round.
    """
    return lambda round_: uniform(keys(seed, "links random", round_, pairs.numbers), 0) < p
