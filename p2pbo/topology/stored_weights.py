"""The mixing weights that a graph brings along: its edges' attribute ``mixing_weight``, as ``--save`` writes it."""

from __future__ import annotations

import math
from reprlib import repr as shortened
from typing import Any

import networkx as nx
import numpy as np

from p2pbo.errors import InputError
from p2pbo.topology.edges import Edges, Reals

MIXING_WEIGHT = "mixing_weight"

FILE = "file"
"""What weights are called that the edges of a file bring along."""

_REMEDY = "give every edge one, or say --weights metropolis"


def in_words(weighting: str) -> str:
    """Return ``metropolis weights``, or whose they are."""
    return f"the file's own weights ({MIXING_WEIGHT})" if weighting == FILE else f"{weighting} weights"


def brings_weights(graph: nx.Graph) -> bool:
    """Tell whether any edge has a mixing weight."""
    return any(MIXING_WEIGHT in held for *_, held in graph.edges(data=True))


def brought_weights(subject: str, graph: nx.Graph, edges: Edges) -> Reals:
    """Collect the (E,) weights of the directed edges of ``graph``, whose nodes are 0 … K−1.

    Raises:
        InputError: an edge has none, or none that is a finite number; names it.
    """

    def weight(i: int, j: int) -> float:
        held = graph.edges[i, j]
        if MIXING_WEIGHT not in held:
            raise InputError(f"{subject}: {edges.between(i, j)}", f"has no {MIXING_WEIGHT}", _REMEDY)
        number = _number(held[MIXING_WEIGHT])
        if not math.isfinite(number):
            cause = f"has the {MIXING_WEIGHT} {shortened(held[MIXING_WEIGHT])}"
            raise InputError(f"{subject}: {edges.between(i, j)}", cause, _REMEDY)
        return number

    ends = zip(edges.source.tolist(), edges.target.tolist(), strict=True)
    return np.array([weight(i, j) for i, j in ends], dtype=np.float64)


def _number(value: Any) -> float:
    try:
        return math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan
