"""The size up to which hosted nodes share one graph: most of a small loss's time is that of torch's calls.

``tools/bench_stacking.py`` (``make bench``) measures both ways over shapes, and what the two constants cost against the
faster one. The two ways round differently: a run keeps its limit, in its trace and its checkpoints, when it is resumed.
"""

from __future__ import annotations

STACKED_NODES = 3
"""The fewest nodes of a network whose losses are stacked: two in one graph take longer than one after the other."""

STACKED_SIZE = 4e6
"""The most rows × parameters of a node, where they are."""


def stacking_limit(nodes: int) -> float:
    """Return the most rows × parameters of a node with which nodes share a graph, in a network of so many ``nodes``.

    It is the same for every number of ranks: how many of them a rank hosts is left out.
    """
    return STACKED_SIZE if nodes >= STACKED_NODES else 0.0
